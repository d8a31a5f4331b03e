#include "pinion/credentials/options.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/util/json_util.h"
#include "pinion/credentials/material.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using ::testing::EndsWith;
using testing::HoldsNoLineOf;
using testing::IsOk;
using testing::Lab;
using testing::OrDie;
using ::testing::StartsWith;

// For both sides.
constexpr char kGood[] = R"({
  // What this process presents.
  "identity": {
    "certificate_file": "leaf.pem",
    "private_key_file": "key.pem"
  },
  "trust": {
    "server_roots_file": "servers-ca.pem",
    "client_roots_file": "clients-ca.pem"
  },
  "pin_set": {"file": "pins.json"},
  "server": {
    "authorization": "ALLOW_EVERY_AUTHENTICATED_PEER",
    "unlisted_clients": "REFUSE"
  }
})";

// A folder of its own with sound files in it.
class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    mkdir(folder_.c_str(), 0700);
    Write("leaf.pem", lab_.client().CertificatePem());
    Write("key.pem", lab_.client().PrivateKeyPem());
    Write("servers-ca.pem", lab_.ca().RootPem());
    Write("clients-ca.pem", clients_ca_.RootPem());
    std::string pins;
    google::protobuf::util::MessageToJsonString(lab_.pin_set(), &pins);
    Write("pins.json", absl::StrReplaceAll(pins, {{"\"version\":\"1\"", "\"version\":1"}}));
  }

  std::string Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }

  // The error of a client's configuration, the folder left out of it.
  std::string ClientError(const std::string& text) const {
    return WithoutFolder(ChannelOptions::FromFile(Write("config.json", text)).status());
  }
  std::string ServerError(const std::string& text) const {
    return WithoutFolder(ServerOptions::FromFile(Write("config.json", text)).status());
  }
  std::string WithoutFolder(const absl::Status& status) const {
    EXPECT_THAT(std::string(status.message()), HoldsNoLineOf(lab_.client().PrivateKeyPem()));
    return absl::StrReplaceAll(status.message(), {{folder_ + "/", ""}});
  }

  // kGood with one replacement.
  static std::string With(const std::string& old_text, const std::string& new_text) {
    return absl::StrReplaceAll(kGood, {{old_text, new_text}});
  }

  Lab lab_;
  const testing::TestCa clients_ca_{"clients' CA"};
  const std::string folder_ =
      absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

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
TEST_F(OptionsTest, OfAServerHaveLimits) {
  const auto with = [](const std::string& limits) {
    return With("\"unlisted_clients\": \"REFUSE\"",
                absl::StrCat("\"unlisted_clients\": \"REFUSE\",\n    \"limits\": ", limits));
  };
  const std::string text = with(R"({"max_connections": 7, "max_connections_per_key": 3, "handshake_timeout": "2s"})");
  const ServerLimits limits = OrDie(ServerOptions::FromFile(Write("server.json", text))).limits;
  EXPECT_EQ(limits.max_connections, 7);
  EXPECT_EQ(limits.max_connections_per_key, 3);
  EXPECT_EQ(limits.handshake_timeout, absl::Seconds(2));
  EXPECT_EQ(limits.max_handshakes, ServerLimits().max_handshakes);
  EXPECT_THAT(ServerError(with(R"({"max_connections": -1})")), EndsWith("server.limits: has a negative number"));
  EXPECT_THAT(ServerError(with(R"({"max_call_threads": 15})")),
              EndsWith("server.limits.max_call_threads: must be at least 16"));
  EXPECT_THAT(ServerError(with(R"({"handshake_timeout": "50ms"})")),
              EndsWith("server.limits.handshake_timeout: is not a time from 100ms to 24h, such as \"10s\""));
}

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
TEST_F(OptionsTest, OfAServerSayWhetherUnlistedClientsAreAccepted) {
  for (const v1::UnlistedClients choice : {v1::ACCEPT, v1::REFUSE}) {
    const std::string text = With("\"REFUSE\"", absl::StrCat("\"", v1::UnlistedClients_Name(choice), "\""));
    EXPECT_EQ(OrDie(ServerOptions::FromFile(Write("server.json", text))).unlisted_clients, choice);
    EXPECT_EQ(ClientError(text), "");
  }
  EXPECT_EQ(
      ServerError(With(",\n    \"unlisted_clients\": \"REFUSE\"", "")),
      "config.json:12:13: server: unlisted_clients is missing; \"REFUSE\" refuses every client whose certificate "
      "names no peer of the pin set, \"ACCEPT\" accepts it without a pin when a CA in client_roots_file issued its "
      "certificate");
  for (const char* wrong : {"\"NONE\"", "\"UNLISTED_CLIENTS_UNSPECIFIED\"", "0", "true", "\"refuse\""}) {
    EXPECT_THAT(ServerError(With("\"REFUSE\"", wrong)),
                StartsWith("config.json:14:25: server.unlisted_clients: expected one of REFUSE, ACCEPT, found "));
  }
}

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

TEST_F(OptionsTest, OfAServerSayWhatClientsMayCall) {
  Write("policy.json", R"({"name": "p", "allow_rules": [{"name": "all"}]})");
  Write("shadow.json", R"({"name": "s", "allow_rules": [{"name": "all"}]})");
  const auto with = [](const std::string& members) {
    return With("\"authorization\": \"ALLOW_EVERY_AUTHENTICATED_PEER\"", members);
  };
  const ServerOptions both = OrDie(ServerOptions::FromFile(Write(
      "server.json", with(R"("authorization_policy_file": "policy.json", "shadow_policy_file": "shadow.json")"))));
  EXPECT_EQ(both.policy->name(), "p");
  EXPECT_EQ(both.shadow_policy->name(), "s");
  EXPECT_EQ(OrDie(ServerOptions::FromFile(Write("server.json", kGood))).shadow_policy, nullptr);
  const std::string missing =
      "authorization_policy_file is missing; to let every peer that the handshake accepts call everything, write "
      "\"authorization\": \"ALLOW_EVERY_AUTHENTICATED_PEER\"";
  EXPECT_EQ(ServerError(with(R"("shadow_policy_file": "shadow.json")")), "config.json:12:13: server: " + missing);
  EXPECT_EQ(ServerError(with(R"("authorization_policy_file": "policy.json", )"
                             R"("authorization": "ALLOW_EVERY_AUTHENTICATED_PEER")")),
            "config.json:13:66: server.authorization: contradicts authorization_policy_file; remove one of them");
  EXPECT_EQ(ServerError(with(R"("shadow_policy_file": "shadow.json", )"
                             R"("authorization": "ALLOW_EVERY_AUTHENTICATED_PEER")")),
            "config.json:13:27: server.shadow_policy_file: stands beside no policy; name an authorization_policy_file "
            "that allows everything");
  EXPECT_EQ(ServerError(with(R"("authorization_policy_file": "missing.json")")),
            "cannot read missing.json: No such file or directory");
  Write("policy.json", "{}");
  EXPECT_EQ(ServerError(with(R"("authorization_policy_file": "policy.json")")),
            "policy.json:1:1: name: is missing or empty; name the policy, for the audit tells by it what decided");
}

TEST_F(OptionsTest, AClientNeedsNothingOfAServers) {
  const size_t server = std::string(kGood).find(",\n  \"server\"");
  const std::string text = std::string(kGood).substr(0, server) + "}";
  EXPECT_EQ(ClientError(text), "");
  EXPECT_EQ(ServerError(text),
            "config.json:1:1: server is missing; a server needs a policy and unlisted_clients in it");
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
  Material::Settings settings;
  settings.side = Side::kServer;
  settings.unlisted_clients = options.unlisted_clients;
  settings.clock = options.clock;
  settings.policy = options.policy;
  const auto material = OrDie(Material::Create(Material::SourcesOf(Side::kServer, *options.reload_from), settings));
  const auto error = [&material] {
    material->Reload();
    return std::string(material->Status().config->error.message());
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
  Material::Settings settings;
  settings.clock = options.clock;
  settings.publishes = false;
  const auto material = OrDie(Material::Create(Material::SourcesOf(Side::kClient, *options.reload_from), settings));
  EXPECT_TRUE(material->IsFor(*options.reload_from, nullptr));
  const pid_t child = fork();
  if (child == 0) _exit(material->IsFor(*options.reload_from, nullptr) ? 1 : 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pinion
