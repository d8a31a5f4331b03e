// A workload that could not be used is refused at start, not at the first call.
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"

namespace pinion {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IssuedCertificate;
using testing::Lab;
using testing::OrDie;
using ::testing::StartsWith;
using testing::StatusIs;
using testing::TestCa;

// A workload that makes either kind of credentials.
absl::Status Make(const WorkloadOptions& options) {
  const absl::StatusOr<std::shared_ptr<Workload>> workload = Workload::Create(options);
  if (!workload.ok()) return workload.status();
  return options.server.has_value() ? (*workload)->ServerCredentials().status()
                                    : (*workload)->ChannelCredentials().status();
}

TEST(WorkloadTest, NamesTheMissingOption) {
  const Lab lab;
  for (const WorkloadOptions& good : {lab.OptionsForClient(lab.client()), lab.OptionsForServer(lab.server())}) {
    EXPECT_THAT(Make(good), IsOk());
    for (const auto& [part, text] :
         {std::pair{&WorkloadOptions::certificate, "certificate is missing"},
          {&WorkloadOptions::private_key, "private_key is missing"},
          {&WorkloadOptions::pin_set, "pin_set is missing; without it every host is refused"}}) {
      WorkloadOptions options = good;
      options.*part = DataSource();
      EXPECT_THAT(Make(options), StatusIs(absl::StatusCode::kInvalidArgument, absl::StrCat("WorkloadOptions: ", text)));
    }
    WorkloadOptions options = good;
    options.clock = nullptr;
    EXPECT_THAT(Make(options), StatusIs(absl::StatusCode::kInvalidArgument, "WorkloadOptions: clock is missing"));
  }
}

TEST(WorkloadTest, RequiresTheRootsOfEachSide) {
  const Lab lab;
  WorkloadOptions client = lab.OptionsForClient(lab.client());
  client.server_roots = DataSource();
  EXPECT_THAT(
      Make(client),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "WorkloadOptions: neither server_roots, to call, nor server and client_roots, to serve, is set"));
  client = lab.OptionsForClient(lab.client());
  client.client_roots = client.server_roots;
  EXPECT_THAT(Make(client),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "WorkloadOptions: client_roots is set, but server is not, so that nothing uses it"));
  WorkloadOptions server = lab.OptionsForServer(lab.server());
  server.client_roots = DataSource();
  EXPECT_THAT(Make(server), StatusIs(absl::StatusCode::kInvalidArgument,
                                     "WorkloadOptions: client_roots is missing; a server needs it to verify clients"));
}

TEST(WorkloadTest, OfOneSideMakesNothingForTheOther) {
  const Lab lab;
  const auto client = OrDie(Workload::Create(lab.OptionsForClient(lab.client())));
  const auto no_server =
      StatusIs(absl::StatusCode::kFailedPrecondition, StartsWith("WorkloadOptions: server is missing; "));
  grpc::ServerBuilder builder;
  EXPECT_THAT(client->ServerCredentials(), no_server);
  EXPECT_THAT(client->Listen(builder, "127.0.0.1:0"), no_server);
  const auto server = OrDie(Workload::Create(lab.OptionsForServer(lab.server())));
  const auto no_roots =
      StatusIs(absl::StatusCode::kFailedPrecondition, StartsWith("WorkloadOptions: server_roots is missing; "));
  EXPECT_THAT(server->ChannelCredentials(), no_roots);
  EXPECT_THAT(server->CreateChannel("server.test:1"), no_roots);
}

// Once, a policy that was set in code after the options were read from a file was silently ignored.
TEST(WorkloadTest, RefusesContradictoryOptions) {
  const Lab lab;
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->authorization_policy = DataSource::Text(R"({"name": "p", "allow_rules": [{"name": "all"}]})");
  EXPECT_THAT(Make(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("server.authorization contradicts server.authorization_policy")));
}

// Whether unlisted clients are accepted is a choice; it has no default.
TEST(WorkloadTest, RequiresTheChoiceAboutUnlistedClients) {
  const Lab lab;
  for (const auto unset : {v1::UNLISTED_CLIENTS_UNSPECIFIED, static_cast<v1::UnlistedClients>(99)}) {
    WorkloadOptions options = lab.OptionsForServer(lab.server());
    options.server->unlisted_clients = unset;
    EXPECT_THAT(Make(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                        AllOf(StartsWith("WorkloadOptions: server.unlisted_clients is missing; "),
                                              HasSubstr("REFUSE"), HasSubstr("ACCEPT"))));
  }
  EXPECT_EQ(ServerOptions().unlisted_clients, v1::UNLISTED_CLIENTS_UNSPECIFIED);
}

// A key that a process uses on both sides must be fit for both.
TEST(WorkloadTest, OfBothSidesIsCheckedOnBoth) {
  const Lab lab;
  const IssuedCertificate server = lab.ca().Issue({Lab::kServerHost}, [](auto& recipe) { recipe.client_auth = false; });
  WorkloadOptions options = lab.OptionsForServer(server);
  EXPECT_THAT(Make(options), IsOk());
  options.server_roots = options.client_roots;
  EXPECT_THAT(Make(options),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("as a client's: WRONG_PURPOSE: ")));
}

TEST(CredentialsTest, RequiresACertificateForTheSideItIsUsedOn) {
  const Lab lab;
  const IssuedCertificate client =
      lab.ca().Issue({Lab::kClientIdentity}, [](auto& recipe) { recipe.server_auth = false; });
  const IssuedCertificate server = lab.ca().Issue({Lab::kServerHost}, [](auto& recipe) { recipe.client_auth = false; });
  EXPECT_THAT(Make(lab.OptionsForClient(client)), IsOk());
  EXPECT_THAT(Make(lab.OptionsForServer(server)), IsOk());
  EXPECT_THAT(Make(lab.OptionsForClient(server)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       StartsWith("identity: peers would refuse our own certificate as a client's: WRONG_PURPOSE: ")));
  EXPECT_THAT(Make(lab.OptionsForServer(client)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       StartsWith("identity: peers would refuse our own certificate as a server's: WRONG_PURPOSE: ")));
}

TEST(CredentialsTest, RequiresACertificateThatIsValidNow) {
  Lab lab;
  const WorkloadOptions client = lab.OptionsForClient(lab.client());
  const WorkloadOptions server = lab.OptionsForServer(lab.server());
  lab.clock().Advance(absl::Hours(24 * 91));
  EXPECT_THAT(Make(client), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_EXPIRED: ")));
  EXPECT_THAT(Make(server), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_EXPIRED: ")));
  lab.clock().Advance(-absl::Hours(24 * 91 + 2));
  EXPECT_THAT(Make(client),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_NOT_YET_VALID: ")));
  EXPECT_THAT(Make(server),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_NOT_YET_VALID: ")));
}

TEST(CredentialsTest, TakesACertificateOfACaThatItTrustsForNothing) {
  const Lab lab;
  const IssuedCertificate elsewhere = TestCa("other CA").Issue({Lab::kServerHost});
  EXPECT_THAT(Make(lab.OptionsForClient(elsewhere)), IsOk());
  EXPECT_THAT(Make(lab.OptionsForServer(elsewhere)), IsOk());
}

TEST(CredentialsTest, RequiresAKeyThatPeersAccept) {
  const Lab lab;
  const IssuedCertificate odd = lab.ca().Issue({Lab::kServerHost}, OrDie(x509::PrivateKey::GenerateEc("P-521")));
  EXPECT_THAT(Make(lab.OptionsForClient(odd)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": KEY_NOT_ALLOWED: ")));
}

TEST(CredentialsTest, ServesAnyNumberOfChannelsAndPorts) {
  const Lab lab;
  const auto server = OrDie(OrDie(Workload::Create(lab.OptionsForServer(lab.server())))->ServerCredentials());
  const testing::EchoServer first(server);
  const testing::EchoServer second(server);
  const auto client = OrDie(Workload::Create(lab.OptionsForClient(lab.client())));
  for (const testing::EchoServer* echo : {&first, &second, &first}) {
    EXPECT_THAT(testing::Echo(lab.ChannelTo(echo->address(), *client)), IsOk());
  }
}

}  // namespace
}  // namespace pinion
