// Credentials are refused to whoever could not use them: at start, not at the first call.
#include <gtest/gtest.h>

#include "pinion/client/channel_credentials.h"
#include "pinion/server/server_credentials.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IssuedCertificate;
using testing::Lab;
using ::testing::StartsWith;
using testing::StatusIs;
using testing::TestCa;

TEST(MakeChannelCredentialsTest, SaysWhichOptionIsMissing) {
  const Lab lab;
  const ChannelOptions good = lab.OptionsForClient(lab.client());
  EXPECT_THAT(MakeChannelCredentials(good), IsOk());
  ChannelOptions options = good;
  options.identity = nullptr;
  EXPECT_THAT(MakeChannelCredentials(options),
              StatusIs(absl::StatusCode::kInvalidArgument, "ChannelOptions: identity is missing"));
  options = good;
  options.server_roots = nullptr;
  EXPECT_THAT(MakeChannelCredentials(options),
              StatusIs(absl::StatusCode::kInvalidArgument, "ChannelOptions: server_roots is missing"));
  options = good;
  options.pin_set = nullptr;
  EXPECT_THAT(MakeChannelCredentials(options),
              StatusIs(absl::StatusCode::kInvalidArgument, "ChannelOptions: pin_set is missing"));
  options = good;
  options.clock = nullptr;
  EXPECT_THAT(MakeChannelCredentials(options),
              StatusIs(absl::StatusCode::kInvalidArgument, "ChannelOptions: clock is missing"));
}

TEST(MakeServerCredentialsTest, SaysWhichOptionIsMissing) {
  const Lab lab;
  const ServerOptions good = lab.OptionsForServer(lab.server());
  EXPECT_THAT(MakeServerCredentials(good), IsOk());
  ServerOptions options = good;
  options.identity = nullptr;
  EXPECT_THAT(MakeServerCredentials(options),
              StatusIs(absl::StatusCode::kInvalidArgument, "ServerOptions: identity is missing"));
  options = good;
  options.client_roots = nullptr;
  EXPECT_THAT(MakeServerCredentials(options),
              StatusIs(absl::StatusCode::kInvalidArgument, "ServerOptions: client_roots is missing"));
  options = good;
  options.pin_set = nullptr;
  EXPECT_THAT(MakeServerCredentials(options),
              StatusIs(absl::StatusCode::kInvalidArgument, "ServerOptions: pin_set is missing"));
  options = good;
  options.clock = nullptr;
  EXPECT_THAT(MakeServerCredentials(options),
              StatusIs(absl::StatusCode::kInvalidArgument, "ServerOptions: clock is missing"));
}

// Whether unlisted clients are accepted is a choice; it has no default.
TEST(MakeServerCredentialsTest, RequiresTheChoiceAboutUnlistedClients) {
  const Lab lab;
  for (const auto unset : {v1::UNLISTED_CLIENTS_UNSPECIFIED, static_cast<v1::UnlistedClients>(99)}) {
    ServerOptions options = lab.OptionsForServer(lab.server());
    options.unlisted_clients = unset;
    EXPECT_THAT(
        MakeServerCredentials(options),
        StatusIs(absl::StatusCode::kInvalidArgument, AllOf(StartsWith("ServerOptions: unlisted_clients is missing; "),
                                                           HasSubstr("REFUSE"), HasSubstr("ACCEPT"))));
  }
  EXPECT_EQ(ServerOptions().unlisted_clients, v1::UNLISTED_CLIENTS_UNSPECIFIED);
}

TEST(MakeCredentialsTest, WantsACertificateForTheSideItIsUsedOn) {
  const Lab lab;
  const IssuedCertificate client =
      lab.ca().Issue({Lab::kClientIdentity}, [](auto& recipe) { recipe.server_auth = false; });
  const IssuedCertificate server = lab.ca().Issue({Lab::kServerHost}, [](auto& recipe) { recipe.client_auth = false; });
  EXPECT_THAT(MakeChannelCredentials(lab.OptionsForClient(client)), IsOk());
  EXPECT_THAT(MakeServerCredentials(lab.OptionsForServer(server)), IsOk());
  EXPECT_THAT(MakeChannelCredentials(lab.OptionsForClient(server)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       StartsWith("identity: peers would refuse our own certificate as a client's: WRONG_PURPOSE: ")));
  EXPECT_THAT(MakeServerCredentials(lab.OptionsForServer(client)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       StartsWith("identity: peers would refuse our own certificate as a server's: WRONG_PURPOSE: ")));
}

TEST(MakeCredentialsTest, WantsACertificateThatIsValidNow) {
  Lab lab;
  const ChannelOptions client = lab.OptionsForClient(lab.client());
  const ServerOptions server = lab.OptionsForServer(lab.server());
  lab.clock().Advance(absl::Hours(24 * 91));
  EXPECT_THAT(MakeChannelCredentials(client),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_EXPIRED: ")));
  EXPECT_THAT(MakeServerCredentials(server),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_EXPIRED: ")));
  lab.clock().Advance(-absl::Hours(24 * 91 + 2));
  EXPECT_THAT(MakeChannelCredentials(client),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_NOT_YET_VALID: ")));
  EXPECT_THAT(MakeServerCredentials(server),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": CERTIFICATE_NOT_YET_VALID: ")));
}

TEST(MakeCredentialsTest, TakesACertificateOfACaThatItTrustsForNothing) {
  const Lab lab;
  const IssuedCertificate elsewhere = TestCa("other CA").Issue({Lab::kServerHost});
  EXPECT_THAT(MakeChannelCredentials(lab.OptionsForClient(elsewhere)), IsOk());
  EXPECT_THAT(MakeServerCredentials(lab.OptionsForServer(elsewhere)), IsOk());
}

TEST(MakeCredentialsTest, WantsAKeyThatPeersAccept) {
  const Lab lab;
  const IssuedCertificate odd =
      lab.ca().Issue({Lab::kServerHost}, testing::OrDie(x509::PrivateKey::GenerateEc("P-521")));
  EXPECT_THAT(MakeChannelCredentials(lab.OptionsForClient(odd)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(": KEY_NOT_ALLOWED: ")));
}

TEST(MakeCredentialsTest, ServesAnyNumberOfChannelsAndPorts) {
  const Lab lab;
  const auto server = testing::OrDie(MakeServerCredentials(lab.OptionsForServer(lab.server())));
  const testing::EchoServer first(server);
  const testing::EchoServer second(server);
  const ChannelOptions options = lab.OptionsForClient(lab.client());
  for (const testing::EchoServer* echo : {&first, &second, &first}) {
    EXPECT_THAT(testing::Echo(lab.ChannelTo(echo->address(), options)), IsOk());
  }
}

}  // namespace
}  // namespace pinion
