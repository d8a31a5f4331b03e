#include "pinion/workload/options.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload/trust_state.h"
#include "tests/workload/options_fixture.h"

namespace pinion {
namespace {

using testing::IsOk;
using testing::kGood;
using testing::OptionsTest;
using testing::OrDie;
using ::testing::StartsWith;

TEST_F(OptionsTest, AreReadFromAFileAndWhatItNames) {
  const ChannelOptions options = OrDie(ChannelOptions::FromFile(Write("client.json", kGood)));
  EXPECT_EQ(options.identity->certificate().der(), lab_.client().chain.front());
  EXPECT_EQ(options.pin_set->version(), 1);
  EXPECT_NE(options.last_refusals, nullptr);
  EXPECT_LT(absl::AbsDuration(options.clock() - absl::Now()), absl::Minutes(1));
}

TEST_F(OptionsTest, MakeAChannelThatWorks) {
  const testing::EchoServer echo(lab_.OptionsForServer(lab_.server()));
  const ChannelOptions options = OrDie(ChannelOptions::FromFile(Write("client.json", kGood)));
  EXPECT_THAT(testing::Echo(lab_.ChannelTo(echo.address(), options)), IsOk());
}

TEST_F(OptionsTest, TakePathsRelativeToTheFileOrAbsolute) {
  mkdir(Path("deeper").c_str(), 0700);
  EXPECT_EQ(ClientError(With("\"key.pem\"", absl::StrCat("\"", Path("key.pem"), "\""))), "");
  EXPECT_EQ(ClientError(With("\"key.pem\"", "\"deeper/../key.pem\"")), "");
  EXPECT_EQ(ClientError(With("\"key.pem\"", "\"deeper/key.pem\"")),
            "cannot read deeper/key.pem: No such file or directory");
}

// They stand in "server".
// One file may serve both sides; neither takes the other's roots.
TEST_F(OptionsTest, EachSideJudgesByItsOwnRoots) {
  const ChannelOptions client = OrDie(ChannelOptions::FromFile(Write("config.json", kGood)));
  EXPECT_EQ(client.server_roots->ToPem(), lab_.ca().RootPem());
  EXPECT_EQ(client.reload_from->client_roots_file, "");
  const ServerOptions server = OrDie(ServerOptions::FromFile(Path("config.json")));
  EXPECT_EQ(server.client_roots->ToPem(), clients_ca_.RootPem());
  EXPECT_EQ(server.reload_from->server_roots_file, "");
}

TEST_F(OptionsTest, ASideNeedsNoRootsButItsOwn) {
  const std::string client = With(",\n    \"client_roots_file\": \"clients-ca.pem\"", "");
  EXPECT_EQ(ClientError(client), "");
  EXPECT_THAT(ServerError(client), StartsWith("config.json:7:12: trust: client_roots_file is missing; "));
  const std::string server = With("\"server_roots_file\": \"servers-ca.pem\",\n", "");
  EXPECT_EQ(ServerError(server), "");
  EXPECT_THAT(ClientError(server), StartsWith("config.json:7:12: trust: server_roots_file is missing; "));
}

// No default: the operator writes one of the two words, and the error says what they mean.
TEST_F(OptionsTest, SayWhereASettingIsMissing) {
  EXPECT_EQ(ClientError("{}"), "config.json:1:1: identity: certificate_file is missing");
  EXPECT_EQ(ClientError(With("\"certificate_file\": \"leaf.pem\",", "")),
            "config.json:3:15: identity: certificate_file is missing");
  EXPECT_EQ(ClientError(With("\"leaf.pem\",\n    \"private_key_file\": \"key.pem\"", "\"leaf.pem\"")),
            "config.json:3:15: identity: private_key_file is missing");
  EXPECT_EQ(ClientError(With("\n  \"pin_set\": {\"file\": \"pins.json\"},", "")),
            "config.json:1:1: pin_set: file is missing; without a pin set every host is refused");
  EXPECT_EQ(ServerError("{}"), "config.json:1:1: identity: certificate_file is missing");
}

TEST_F(OptionsTest, DrainWindowIsATime) {
  EXPECT_EQ(OrDie(ChannelOptions::FromFile(Write("client.json", kGood))).drain_window, absl::Seconds(30));
  const std::string text = With("\"pin_set\"", "\"drain_window\": \"2m\", \"pin_set\"");
  EXPECT_EQ(OrDie(ChannelOptions::FromFile(Write("client.json", text))).drain_window, absl::Minutes(2));
  EXPECT_EQ(OrDie(ServerOptions::FromFile(Write("server.json", text))).drain_window, absl::Minutes(2));
  for (const char* wrong : {"0s", "999ms", "25h", "30", "soon"}) {
    EXPECT_EQ(ClientError(With("\"pin_set\"", absl::StrCat("\"drain_window\": \"", wrong, "\", \"pin_set\""))),
              "config.json:11:19: drain_window: is not a time from 1s to 24h, such as \"30s\"");
  }
}

TEST_F(OptionsTest, MaxConnectionAgeIsATimeOrNone) {
  EXPECT_EQ(OrDie(ServerOptions::FromFile(Write("server.json", kGood))).max_connection_age, absl::InfiniteDuration());
  const auto with = [](absl::string_view age) {
    return With("\"server\": {", absl::StrCat("\"server\": {\"max_connection_age\": \"", age, "\", "));
  };
  EXPECT_EQ(OrDie(ServerOptions::FromFile(Write("server.json", with("15m")))).max_connection_age, absl::Minutes(15));
  for (const char* wrong : {"0s", "999ms", "25h", "inf", "15"}) {
    EXPECT_THAT(ServerError(with(wrong)),
                ::testing::HasSubstr(": server.max_connection_age: is not a time from 1s to 24h, such as \"15m\""));
  }
}

TEST_F(OptionsTest, SayWhereTheFileItselfIsWrong) {
  EXPECT_EQ(ClientError(With("pin_set", "pins")),
            "config.json:11:3: pins: unknown field; known here: identity, trust, pin_set, server, refresh_interval, "
            "drain_window");
  EXPECT_EQ(ClientError(With("\"key.pem\"", "\"key.pem\", \"private_key_file\": \"key.pem\"")),
            "config.json:5:36: identity.private_key_file: the key stands here twice");
  EXPECT_THAT(ClientError(With("\"leaf.pem\",", "\"leaf.pem\"")), StartsWith("config.json:5:5: not JSON: "));
  EXPECT_THAT(ClientError(""), StartsWith("config.json:1:1: not JSON: "));
  EXPECT_EQ(WithoutFolder(ChannelOptions::FromFile(Path("absent.json")).status()),
            "cannot read absent.json: No such file or directory");
}

TEST_F(OptionsTest, SayWhichNamedFileIsWrong) {
  Write("key.pem", lab_.server().PrivateKeyPem());
  EXPECT_EQ(ClientError(kGood),
            absl::StrCat("identity: private_key_file (key.pem): it is not the key of the first certificate in "
                         "certificate_file (leaf.pem); the key's pin is ",
                         lab_.server().SpkiPin(), ", the certificate's is ", lab_.client().SpkiPin()));
  Write("key.pem", lab_.client().PrivateKeyPem());
  Write("pins.json", "{\n  \"version\": 0}");
  EXPECT_EQ(ClientError(kGood), "pins.json:2:14: version: is missing or less than 1; number the file's changes from 1");
}

TEST_F(OptionsTest, NeverShowAKeyThatIsInTheWrongFile) {
  const std::string key = lab_.client().PrivateKeyPem();
  EXPECT_THAT(ClientError(key), StartsWith("config.json:1:1: not JSON: "));
  EXPECT_EQ(ClientError(With("leaf.pem", "key.pem")),
            "identity: certificate_file (key.pem): there is no certificate in it");
  EXPECT_THAT(ClientError(With("servers-ca.pem", "key.pem")),
              StartsWith("trust: server_roots_file (key.pem): a block is no certificate but \"PRIVATE KEY\""));
  EXPECT_THAT(ServerError(With("clients-ca.pem", "key.pem")),
              StartsWith("trust: client_roots_file (key.pem): a block is no certificate but \"PRIVATE KEY\""));
  EXPECT_THAT(ClientError(With("pins.json", "key.pem")), StartsWith("key.pem:1:1: not JSON: "));
}

TEST_F(OptionsTest, NeverShowAKeyThatStandsInPlaceOfItsPath) {
  const std::string key = absl::StrReplaceAll(lab_.client().PrivateKeyPem(), {{"\n", "\\n"}});
  for (const char* file : {"key.pem", "leaf.pem", "servers-ca.pem", "pins.json"}) {
    EXPECT_EQ(ClientError(With(file, key)),
              "cannot read a file: its path is PEM text; put that into a file and give the file's path");
  }
}

// SIGHUP applies no edit of the configuration itself, and must not hide that.
TEST_F(OptionsTest, AnEditThatNeedsARestartIsReportedUntilItIsTakenBack) {
  const ServerOptions options = OrDie(ServerOptions::FromFile(Write("config.json", kGood)));
  TrustState::Settings settings;
  settings.side = Side::kServer;
  settings.unlisted_clients = options.unlisted_clients;
  settings.clock = options.clock;
  settings.policy = options.policy;
  const auto trust_state =
      OrDie(TrustState::Create(TrustState::SourcesOf(Side::kServer, *options.reload_from), settings));
  const auto error = [&trust_state] {
    trust_state->Reload();
    return std::string(trust_state->Status().config->error.message());
  };
  EXPECT_EQ(error(), "");
  Write("config.json", With("\"REFUSE\"", "\"ACCEPT\""));
  EXPECT_EQ(error(), Path("config.json") + ": restart to apply: server.unlisted_clients REFUSE -> ACCEPT");
  Write("config.json", With("\"pins.json\"}", "\"other.json\"}, \"drain_window\": \"2m\""));
  EXPECT_EQ(error(), Path("config.json") +
                         ": restart to apply: pin_set.file pins.json -> other.json, drain_window (none) -> 2m");
  Write("config.json", "{");
  EXPECT_THAT(error(), ::testing::HasSubstr("config.json:1:2: not JSON"));
  Write("config.json", absl::StrCat("// reviewed\n", kGood));
  EXPECT_EQ(error(), "");
}

// Its watcher is the parent's, so nothing would ever change in it.
TEST_F(OptionsTest, WhatAChannelHasReadIsNotForAForkedChild) {
  const ChannelOptions options = OrDie(ChannelOptions::FromFile(Write("config.json", kGood)));
  TrustState::Settings settings;
  settings.clock = options.clock;
  settings.publishes = false;
  const auto trust_state =
      OrDie(TrustState::Create(TrustState::SourcesOf(Side::kClient, *options.reload_from), settings));
  EXPECT_TRUE(trust_state->IsFor(*options.reload_from, nullptr));
  const pid_t child = fork();
  if (child == 0) _exit(trust_state->IsFor(*options.reload_from, nullptr) ? 1 : 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pinion
