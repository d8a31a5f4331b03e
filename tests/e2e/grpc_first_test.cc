// Faults that OpenSSL's check inside gRPC finds before gRPC calls Pinion, which sees no handshake. gRPC 1.51 does not
// report OpenSSL's finding to its callers; 1.83 appends it.
#include <gtest/gtest.h>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/x509/pki/issue.h"
#include "tests/e2e/stock_server.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GrpcFirst : public ::testing::Test {
 protected:
  // Calls a server with the right names and the pinned key, and with a certificate that `edit` changes.
  grpc::Status CallServerOf(const TestCa& ca, const TestCa::Edit& edit = nullptr) {
    return CallStockServer(lab_, ca.Issue({Lab::kServerHost, Lab::kServerIdentity}, lab_.server().key, edit));
  }

  void ExpectTurnedAway(const grpc::Status& status, const std::string& words = "certificate verify failed") {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), HasSubstr(words));
    EXPECT_THAT(status, IsRefusedFor(v1::REASON_UNSPECIFIED));
    EXPECT_THAT(lab_.client_events().handshakes(), IsEmpty());
  }

  Lab lab_;
};

TEST_F(GrpcFirst, TurnsAwayAnotherCaOfTheSameName) { ExpectTurnedAway(CallServerOf(TestCa("Lab CA"))); }

TEST_F(GrpcFirst, TurnsAwayACertificateThatHasReallyExpired) {
  ExpectTurnedAway(CallServerOf(lab_.ca(), [](auto& recipe) {
    recipe.not_before = absl::Now() - absl::Hours(3);
    recipe.not_after = absl::Now() - absl::Hours(2);
  }));
}

TEST_F(GrpcFirst, TurnsAwayACertificateThatIsReallyNotYetValid) {
  ExpectTurnedAway(CallServerOf(lab_.ca(), [](auto& recipe) { recipe.not_before = absl::Now() + absl::Hours(2); }));
}

TEST_F(GrpcFirst, TurnsAwayACertificateForClientsAlone) {
  ExpectTurnedAway(CallServerOf(lab_.ca(), [](auto& recipe) { recipe.server_auth = false; }));
}

TEST_F(GrpcFirst, TurnsAwayAnIntermediateThatIsNoCa) {
  ExpectTurnedAway(CallServerOf(lab_.ca().Intermediate("no CA", [](auto& recipe) { recipe.is_ca = false; })));
}

TEST_F(GrpcFirst, TurnsAwayAMissingIntermediate) {
  IssuedCertificate server =
      lab_.ca().Intermediate("kept back").Issue({Lab::kServerHost, Lab::kServerIdentity}, lab_.server().key);
  server.chain.resize(1);
  ExpectTurnedAway(CallStockServer(lab_, server));
}

TEST_F(GrpcFirst, TurnsAwayAServerWithoutTls) {
  const EchoServer echo(grpc::InsecureServerCredentials());
  ExpectTurnedAway(Echo(lab_.ChannelTo(echo.address())), "wrong version number");
}

// Pinion checks the validity by its own clock as well; OpenSSL uses real time alone.
TEST_F(GrpcFirst, LeavesToPinionWhatOnlyItsClockFindsExpired) {
  const EchoServer echo(
      StockCredentials(lab_.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, lab_.server().key,
                                       [](auto& recipe) { recipe.not_after = absl::Now() + absl::Hours(1); })));
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Echo(lab_.ChannelTo(echo.address())), IsRefusedFor(v1::CERTIFICATE_EXPIRED));
}

}  // namespace
}  // namespace pinion::testing
