// Configuration files, and the options that result from them.
#include <gmock/gmock.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/pin_file.h"
#include "pinion/workload.h"
#include "pinion/workload/snapshot.h"
#include "tests/workload/options_fixture.h"

namespace pinion {
namespace {

using ::testing::Each;
using testing::IsOk;
using testing::kGood;
using testing::Lab;
using testing::OptionsTest;
using testing::OrDie;
using ::testing::StartsWith;

TEST_F(OptionsTest, AreReadFromAFileAndWhatItNames) {
  const WorkloadOptions options = Options(kGood);
  EXPECT_EQ(options.certificate.file(), Path("leaf.pem"));
  const Snapshot snapshot = OrDie(LoadSnapshot(options));
  EXPECT_EQ(snapshot.identity->certificate().der(), lab_.client().chain.front());
  EXPECT_EQ(snapshot.pin_set->version(), 1);
  EXPECT_LT(absl::AbsDuration(options.clock() - absl::Now()), absl::Minutes(1));
}

TEST_F(OptionsTest, MakeAChannelThatWorks) {
  const testing::EchoServer echo(lab_.OptionsForServer(lab_.server()));
  EXPECT_THAT(testing::Echo(lab_.ChannelTo(echo.address(), Options(WithoutServer()))), IsOk());
}

// Once, what was set in code after the options were read from a file was silently ignored.
TEST_F(OptionsTest, WhatIsSetInCodeTakesThePlaceOfTheFile) {
  WorkloadOptions options = Options(WithoutServer());
  Write("pins.json", "{");
  Write("leaf.pem", "");
  EXPECT_FALSE(Workload::Create(options).ok());
  options.pin_set = DataSource::Text(testing::PinFileText(lab_.pin_set()));
  options.certificate = DataSource::Text(lab_.client().CertificatePem());
  const auto workload = OrDie(Workload::Create(options));
  EXPECT_EQ(workload->Status().pin_set_version, 1);
  workload->Reload();
  EXPECT_THAT(workload->Status().pin_set.error, IsOk());
}

TEST_F(OptionsTest, TakePathsRelativeToTheFileOrAbsolute) {
  mkdir(Path("deeper").c_str(), 0700);
  EXPECT_EQ(Error(With("\"key.pem\"", absl::StrCat("\"", Path("key.pem"), "\""))), "");
  EXPECT_EQ(Error(With("\"key.pem\"", "\"deeper/../key.pem\"")), "");
  EXPECT_EQ(Error(With("\"key.pem\"", "\"deeper/key.pem\"")), "cannot read deeper/key.pem: No such file or directory");
}

// One file may serve both sides; neither takes the other's roots.
TEST_F(OptionsTest, EachSideJudgesByItsOwnRoots) {
  const Snapshot snapshot = OrDie(LoadSnapshot(Options(kGood)));
  EXPECT_EQ(snapshot.server_roots->ToPem(), lab_.ca().RootPem());
  EXPECT_EQ(snapshot.client_roots->ToPem(), clients_ca_.RootPem());
  const auto judge = [this](const PeerVerifier& verifier, PeerRole role) {
    PresentedChain chain;
    const auto& certificate = role == PeerRole::kServer ? lab_.server() : clients_ca_.Issue({Lab::kClientIdentity});
    chain.leaf = certificate.chain.front();
    return verifier.Verify(chain, role, role == PeerRole::kServer ? Lab::kServerHost : "", absl::Now()).reason;
  };
  EXPECT_EQ(judge(*snapshot.server_verifier, PeerRole::kServer), v1::ACCEPTED);
  EXPECT_EQ(judge(*snapshot.client_verifier, PeerRole::kServer), v1::CHAIN_UNTRUSTED);
  EXPECT_EQ(judge(*snapshot.client_verifier, PeerRole::kClient), v1::PIN_MISMATCH);
  EXPECT_EQ(judge(*snapshot.server_verifier, PeerRole::kClient), v1::CHAIN_UNTRUSTED);
}

TEST_F(OptionsTest, ASideNeedsNoRootsButItsOwn) {
  EXPECT_EQ(Error(WithoutServer()), "");
  EXPECT_THAT(Error(With(",\n    \"client_roots_file\": \"clients-ca.pem\"", "")),
              StartsWith("config.json:7:12: trust: client_roots_file is missing; "));
  const std::string server = With("\"server_roots_file\": \"servers-ca.pem\",\n", "");
  EXPECT_EQ(Error(server), "");
  EXPECT_THAT(WithoutFolder(OrDie(Workload::Create(Options(server)))->ChannelCredentials().status()),
              StartsWith("config.json: trust: server_roots_file is missing; "));
  EXPECT_THAT(Error(absl::StrReplaceAll(WithoutServer(), {{"\"server_roots_file\": \"servers-ca.pem\"", ""}})),
              StartsWith("config.json:7:12: trust: server_roots_file is missing; "));
}

TEST_F(OptionsTest, ReportWhereASettingIsMissing) {
  EXPECT_EQ(Error("{}"), "config.json:1:1: identity: certificate_file is missing");
  EXPECT_EQ(Error(With("\"certificate_file\": \"leaf.pem\",", "")),
            "config.json:3:15: identity: certificate_file is missing");
  EXPECT_EQ(Error(With("\"leaf.pem\",\n    \"private_key_file\": \"key.pem\"", "\"leaf.pem\"")),
            "config.json:3:15: identity: private_key_file is missing");
  EXPECT_EQ(Error(With("\n  \"pin_set\": {\"file\": \"pins.json\"},", "")),
            "config.json:1:1: pin_set: file is missing; without a pin set every host is refused");
}

TEST_F(OptionsTest, DrainWindowIsATime) {
  EXPECT_EQ(Options(kGood).drain_window, absl::Seconds(30));
  const std::string text = With("\"pin_set\"", "\"drain_window\": \"2m\", \"pin_set\"");
  EXPECT_EQ(Options(text).drain_window, absl::Minutes(2));
  for (const char* wrong : {"0s", "999ms", "25h", "30", "soon"}) {
    EXPECT_EQ(Error(With("\"pin_set\"", absl::StrCat("\"drain_window\": \"", wrong, "\", \"pin_set\""))),
              "config.json:11:19: drain_window: is not a time from 1s to 24h, such as \"30s\"");
  }
}

TEST_F(OptionsTest, MaxConnectionAgeIsATimeOrNone) {
  EXPECT_EQ(Options(kGood).server->max_connection_age, absl::InfiniteDuration());
  const auto with = [](absl::string_view age) {
    return With("\"server\": {", absl::StrCat("\"server\": {\"max_connection_age\": \"", age, "\", "));
  };
  EXPECT_EQ(Options(with("15m")).server->max_connection_age, absl::Minutes(15));
  for (const char* wrong : {"0s", "999ms", "25h", "inf", "15"}) {
    EXPECT_THAT(Error(with(wrong)),
                ::testing::HasSubstr(": server.max_connection_age: is not a time from 1s to 24h, such as \"15m\""));
  }
}

TEST_F(OptionsTest, ReportWhereTheFileItselfIsWrong) {
  EXPECT_EQ(Error(With("pin_set", "pins")),
            "config.json:11:3: pins: unknown field; known here: identity, trust, pin_set, server, refresh_interval, "
            "drain_window, state_dir, next_identity, adoption, recorded_handshakes_dir");
  EXPECT_EQ(Error(With("\"key.pem\"", "\"key.pem\", \"private_key_file\": \"key.pem\"")),
            "config.json:5:36: identity.private_key_file: the key occurs twice");
  EXPECT_THAT(Error(With("\"leaf.pem\",", "\"leaf.pem\"")), StartsWith("config.json:5:5: not JSON: "));
  EXPECT_THAT(Error(""), StartsWith("config.json:1:1: not JSON: "));
  EXPECT_EQ(WithoutFolder(WorkloadOptions::FromFile(Path("absent.json")).status()),
            "cannot read absent.json: No such file or directory");
}

TEST_F(OptionsTest, ReportWhichNamedFileIsWrong) {
  Write("key.pem", lab_.server().PrivateKeyPem());
  EXPECT_EQ(Error(kGood),
            absl::StrCat("identity: private_key_file (key.pem): it is not the key of the first certificate in "
                         "certificate_file (leaf.pem); the key's pin is ",
                         lab_.server().SpkiPin(), ", the certificate's is ", lab_.client().SpkiPin()));
  Write("key.pem", lab_.client().PrivateKeyPem());
  Write("pins.json", "{\n  \"version\": 0}");
  EXPECT_EQ(Error(kGood), "pins.json:2:14: version: is missing or less than 1; number the file's changes from 1");
}

TEST_F(OptionsTest, NeverShowAKeyThatIsInTheWrongFile) {
  const std::string key = lab_.client().PrivateKeyPem();
  EXPECT_THAT(Error(key), StartsWith("config.json:1:1: not JSON: "));
  EXPECT_EQ(Error(With("leaf.pem", "key.pem")), "identity: certificate_file (key.pem): there is no certificate in it");
  EXPECT_THAT(Error(With("servers-ca.pem", "key.pem")),
              StartsWith("trust: server_roots_file (key.pem): a block is not a certificate but \"PRIVATE KEY\""));
  EXPECT_THAT(Error(With("clients-ca.pem", "key.pem")),
              StartsWith("trust: client_roots_file (key.pem): a block is not a certificate but \"PRIVATE KEY\""));
  EXPECT_THAT(Error(With("pins.json", "key.pem")), StartsWith("key.pem:1:1: not JSON: "));
}

TEST_F(OptionsTest, NeverShowAKeyThatStandsInPlaceOfItsPath) {
  const std::string key = absl::StrReplaceAll(lab_.client().PrivateKeyPem(), {{"\n", "\\n"}});
  for (const char* file : {"key.pem", "leaf.pem", "servers-ca.pem", "pins.json"}) {
    EXPECT_EQ(Error(With(file, key)),
              "cannot read a file: its path is PEM text; put that into a file and give the file's path");
  }
}

// SIGHUP applies no edit of the configuration itself, and must not hide that.
TEST_F(OptionsTest, AnEditThatNeedsARestartIsReportedUntilItIsTakenBack) {
  const std::string text = absl::StrReplaceAll(kGood, {{"\"server_roots_file\": \"servers-ca.pem\",\n", ""}});
  const auto workload = OrDie(Workload::Create(Options(text)));
  const auto error = [&workload] {
    workload->Reload();
    return std::string(workload->Status().config->error.message());
  };
  const auto edit = [this, &text](const std::string& old_text, const std::string& new_text) {
    Write("config.json", absl::StrReplaceAll(text, {{old_text, new_text}}));
  };
  EXPECT_EQ(error(), "");
  edit("\"REFUSE\"", "\"ACCEPT\"");
  EXPECT_EQ(error(), Path("config.json") + ": restart to apply: server.unlisted_clients REFUSE -> ACCEPT");
  edit("\"pins.json\"}", "\"other.json\"}, \"drain_window\": \"2m\"");
  EXPECT_EQ(error(), Path("config.json") +
                         ": restart to apply: pin_set.file pins.json -> other.json, drain_window (none) -> 2m");
  Write("config.json", "{");
  EXPECT_THAT(error(), ::testing::HasSubstr("config.json:1:2: not JSON"));
  Write("config.json", absl::StrCat("// reviewed\n", text));
  EXPECT_EQ(error(), "");
}

// The file watcher belongs to the parent, so the child would never see a change.
TEST_F(OptionsTest, AWorkloadIsNotForAForkedChild) {
  const auto client = OrDie(Workload::Create(Options(WithoutServer())));
  const auto server = OrDie(Workload::Create(lab_.OptionsForServer(lab_.server())));
  const auto codes = [&] {
    grpc::ServerBuilder builder;
    return std::vector<absl::StatusCode>{
        client->CreateChannel("a.test:1").status().code(), client->ChannelCredentials().status().code(),
        server->ServerCredentials().status().code(), server->Listen(builder, "127.0.0.1:0").status().code()};
  };
  EXPECT_THAT(codes(), Each(absl::StatusCode::kOk));
  const std::vector<absl::StatusCode> refused(4, absl::StatusCode::kFailedPrecondition);
  const pid_t child = fork();
  if (child == 0) _exit(codes() == refused ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pinion
