// Servers' certificates come from one CA and clients' from another, and neither CA is trusted for the other's: over
// real TLS on loopback.
#include <gtest/gtest.h>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"

namespace pinion::testing {
namespace {

// The lab's CA issues servers' certificates; clients_ca_, clients'. Unlisted clients are accepted, so that the roots
// alone decide.
class SeparateRootsTest : public ::testing::Test {
 protected:
  WorkloadOptions Server() const {
    WorkloadOptions options = lab_.OptionsForServer(lab_.server());
    options.client_roots = DataSource::Text(clients_ca_.RootPem());
    return options;
  }
  // Calls as a client that trusts the servers' CA.
  grpc::Status CallAs(const IssuedCertificate& client) const {
    const EchoServer echo(Server());
    return Echo(lab_.ChannelTo(echo.address(), lab_.OptionsForClient(client)));
  }

  const Lab lab_;
  const TestCa clients_ca_{"clients' CA"};
};

TEST_F(SeparateRootsTest, NeitherSideNeedsToTrustTheCaOfItsOwnCertificate) {
  EXPECT_THAT(CallAs(clients_ca_.Issue({"spiffe://lab.test/caller"})), IsOk());
}

// With one bundle for both purposes, the server would accept any web server's certificate.
TEST_F(SeparateRootsTest, ACertificateOfTheServersCaIsNoClients) {
  EXPECT_EQ(CallAs(lab_.ca().Issue({"web.test"})).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(SeparateRootsTest, ACertificateOfTheClientsCaIsNoServers) {
  const IssuedCertificate false_server = clients_ca_.Issue({Lab::kServerHost, Lab::kServerIdentity}, lab_.server().key);
  const EchoServer echo(lab_.OptionsForServer(false_server));
  EXPECT_EQ(Echo(lab_.ChannelTo(echo.address())).error_code(), grpc::StatusCode::UNAVAILABLE);
}

// README, "One key for both sides": a server's certificate and a client's on one key are one peer with one pin.
TEST_F(SeparateRootsTest, OneKeyServesWithOneCertificateAndCallsWithAnother) {
  Lab lab;
  // A public CA certifies no SPIFFE ID, so the peer lists one identity of each kind.
  lab.pin_set().mutable_peers(0)->add_identities(Lab::kServerHost);
  const x509::PrivateKey& key = lab.server().key.get();
  const IssuedCertificate as_client =
      clients_ca_.Issue({Lab::kServerIdentity}, key, [](auto& recipe) { recipe.server_auth = false; });
  const IssuedCertificate as_server =
      lab.ca().Issue({Lab::kServerHost}, key, [](auto& recipe) { recipe.client_auth = false; });
  ASSERT_EQ(as_client.SpkiPin(), as_server.SpkiPin());
  WorkloadOptions server = lab.OptionsForServer(as_server);
  server.client_roots = DataSource::Text(clients_ca_.RootPem());
  server.server->unlisted_clients = v1::REFUSE;
  const EchoServer echo(server);
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address(), lab.OptionsForClient(as_client))), IsOk());
  const HandshakeEvent met = lab.server_events().WaitForHandshake(0).value_or(HandshakeEvent());
  EXPECT_EQ(met.peer, "server");
  EXPECT_EQ(met.presented_pin, lab.server().SpkiPin());
}

}  // namespace
}  // namespace pinion::testing
