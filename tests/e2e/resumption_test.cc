// A resumed TLS session skips OpenSSL's certificate checks. Pinion still makes its own.
#include <gtest/gtest.h>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/x509/pki/issue.h"
#include "tests/e2e/raw_tls_client.h"

namespace pinion::testing {
namespace {

class Resumption : public ::testing::TestWithParam<TlsVersion> {
 protected:
  // A full handshake that the server accepts and issues a ticket for.
  void ConnectFirst(RawTlsClient& client, int port) {
    const RawTlsOutcome outcome = client.Connect(port);
    ASSERT_EQ(outcome.served, Served::kYes) << outcome.error;
    ASSERT_FALSE(outcome.resumed);
    ASSERT_TRUE(client.has_session());
    ASSERT_THAT(*lab_.server_events().WaitForHandshake(0), IsAccepted());
  }

  // The server's event for the second connection, which must resume the session.
  HandshakeEvent Resume(RawTlsClient& client, int port, Served expected) {
    const RawTlsOutcome outcome = client.Connect(port);
    EXPECT_TRUE(outcome.resumed);
    EXPECT_EQ(outcome.served, expected) << outcome.error;
    return lab_.server_events().WaitForHandshake(1).value_or(HandshakeEvent());
  }

  v1::Peer* ClientPeer() { return lab_.pin_set().mutable_peers(1); }
  static int64_t InAnHour() { return absl::ToUnixSeconds(absl::Now() + absl::Hours(1)); }

  Lab lab_;
};

INSTANTIATE_TEST_SUITE_P(TlsVersions, Resumption, ::testing::Values(TlsVersion::k12, TlsVersion::k13),
                         [](const auto& info) { return info.param == TlsVersion::k12 ? "Tls12" : "Tls13"; });

TEST_P(Resumption, AcceptsAClientThatIsStillGood) {
  const EchoServer echo(lab_.OptionsForServer(lab_.server()));
  RawTlsClient client(GetParam(), &lab_.client());
  ASSERT_NO_FATAL_FAILURE(ConnectFirst(client, echo.port()));
  const HandshakeEvent event = Resume(client, echo.port(), Served::kYes);
  EXPECT_THAT(event, IsAccepted());
  EXPECT_EQ(event.peer, "client");
  EXPECT_EQ(event.presented_pin, lab_.client().SpkiPin());
}

TEST_P(Resumption, AcceptsAClientBelowAnIntermediateCa) {
  const EchoServer echo(lab_.OptionsForServer(lab_.server()));
  const IssuedCertificate below =
      lab_.ca().Intermediate("outer").Intermediate("inner").Issue({Lab::kClientIdentity}, lab_.client().key);
  RawTlsClient client(GetParam(), &below);
  ASSERT_NO_FATAL_FAILURE(ConnectFirst(client, echo.port()));
  EXPECT_THAT(Resume(client, echo.port(), Served::kYes), IsAccepted());
}

TEST_P(Resumption, RefusesACertificateThatHasExpired) {
  const EchoServer echo(lab_.OptionsForServer(lab_.server()));
  const IssuedCertificate brief = lab_.ca().Issue(
      {Lab::kClientIdentity}, lab_.client().key, [](auto& recipe) { recipe.not_after = absl::Now() + absl::Hours(1); });
  RawTlsClient client(GetParam(), &brief);
  ASSERT_NO_FATAL_FAILURE(ConnectFirst(client, echo.port()));
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Resume(client, echo.port(), Served::kNo), IsRefusedFor(v1::CERTIFICATE_EXPIRED));
}

TEST_P(Resumption, RefusesACertificateWhoseCaHasExpired) {
  const EchoServer echo(lab_.OptionsForServer(lab_.server()));
  const TestCa brief =
      lab_.ca().Intermediate("brief", [](auto& recipe) { recipe.not_after = absl::Now() + absl::Hours(1); });
  const IssuedCertificate below = brief.Issue({Lab::kClientIdentity}, lab_.client().key);
  RawTlsClient client(GetParam(), &below);
  ASSERT_NO_FATAL_FAILURE(ConnectFirst(client, echo.port()));
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Resume(client, echo.port(), Served::kNo), IsRefusedFor(v1::CERTIFICATE_EXPIRED));
}

TEST_P(Resumption, RefusesAPinThatHasExpired) {
  ClientPeer()->mutable_pins(0)->mutable_not_after()->set_seconds(InAnHour());
  const EchoServer echo(lab_.OptionsForServer(lab_.server()));
  RawTlsClient client(GetParam(), &lab_.client());
  ASSERT_NO_FATAL_FAILURE(ConnectFirst(client, echo.port()));
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Resume(client, echo.port(), Served::kNo), IsRefusedFor(v1::PIN_EXPIRED));
}

TEST_P(Resumption, RefusesAKeyThatIsNoLongerExcused) {
  ClientPeer()->mutable_report_only_until()->set_seconds(InAnHour());
  const EchoServer echo(lab_.OptionsForServer(lab_.server()));
  const IssuedCertificate unpinned = lab_.ca().Issue({Lab::kClientIdentity});
  RawTlsClient client(GetParam(), &unpinned);
  ASSERT_NO_FATAL_FAILURE(ConnectFirst(client, echo.port()));
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Resume(client, echo.port(), Served::kNo), IsRefusedFor(v1::PIN_MISMATCH));
}

// The TLS handshake ends before Pinion's check, so a refused client has a ticket too, which must be useless.
TEST_P(Resumption, RefusesTheTicketOfARefusedClient) {
  const EchoServer echo(lab_.OptionsForServer(lab_.server()));
  const IssuedCertificate impostor = lab_.ca().Issue({Lab::kClientIdentity});
  RawTlsClient client(GetParam(), &impostor);
  EXPECT_EQ(client.Connect(echo.port()).served, Served::kNo);
  ASSERT_THAT(*lab_.server_events().WaitForHandshake(0), IsRefusedFor(v1::PIN_MISMATCH));
  ASSERT_TRUE(client.has_session());
  EXPECT_THAT(Resume(client, echo.port(), Served::kNo), IsRefusedFor(v1::PIN_MISMATCH));
}

}  // namespace
}  // namespace pinion::testing
