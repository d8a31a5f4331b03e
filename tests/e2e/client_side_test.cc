// What a client refuses, over real TLS on loopback: one fault in each test. The faulty servers run gRPC's own TLS,
// since Pinion would not start with most of these certificates.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"
#include "tests/e2e/stock_server.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

v1::Pin* AddPin(v1::Peer* peer, v1::PinState state, const std::string& spki) {
  v1::Pin* pin = peer->add_pins();
  pin->set_state(state);
  pin->set_spki(spki);
  return pin;
}

v1::Peer* ServerPeer(Lab& lab) { return lab.pin_set().mutable_peers(0); }

google::protobuf::Timestamp InAnHour() {
  google::protobuf::Timestamp time;
  time.set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(1)));
  return time;
}

TEST(ClientSide, CallsTheLegitimateServer) {
  const Lab lab;
  EXPECT_THAT(lab.CallServerWith(lab.server()), IsOk());
  const std::vector<HandshakeEvent> events = lab.client_events().handshakes();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0], IsAccepted());
  EXPECT_EQ(events[0].side, Side::kClient);
  EXPECT_EQ(events[0].host, Lab::kServerHost);
  EXPECT_EQ(events[0].peer, "server");
  EXPECT_EQ(events[0].presented_pin, lab.server().SpkiPin());
  EXPECT_EQ(events[0].presented_subject, "CN=test leaf");
  EXPECT_EQ(events[0].matched_state, v1::ACTIVE);
  EXPECT_EQ(events[0].text, "");
}

TEST(ClientSide, VerifiesAServerThatAsksForNoClientCertificate) {
  const Lab lab;
  EXPECT_THAT(CallStockServer(lab, lab.server()), IsOk());
  EXPECT_THAT(CallStockServer(lab, lab.Impostor()), IsRefusedFor(v1::PIN_MISMATCH));
}

TEST(ClientSide, AcceptsTheBackupKeyAndReportsIt) {
  const Lab lab;
  EXPECT_THAT(lab.CallServerWith(lab.server_backup()), IsOk());
  EXPECT_EQ(lab.client_events().handshakes().at(0).matched_state, v1::BACKUP);
}

TEST(ClientSide, AcceptsARetiringKeyAndReportsIt) {
  Lab lab;
  const IssuedCertificate retiring = lab.Impostor();
  AddPin(ServerPeer(lab), v1::RETIRING, retiring.SpkiPin());
  EXPECT_THAT(lab.CallServerWith(retiring), IsOk());
  EXPECT_EQ(lab.client_events().handshakes().at(0).matched_state, v1::RETIRING);
}

TEST(ClientSide, RefusesAnImpostorFromTheSameCa) {
  const Lab lab;
  EXPECT_THAT(lab.CallServerWith(lab.Impostor()), IsRefusedFor(v1::PIN_MISMATCH));
}

TEST(ClientSide, RefusesAPinnedCertificateAppendedToAnImpostorsChain) {
  const Lab lab;
  IssuedCertificate impostor = lab.Impostor();
  impostor.chain.push_back(lab.server().chain.front());
  impostor.chain.push_back(lab.server_backup().chain.front());
  EXPECT_THAT(CallStockServer(lab, impostor), IsRefusedFor(v1::PIN_MISMATCH));
}

TEST(ClientSide, RefusesAPinnedCaThatIsSentButNotOnThePath) {
  Lab lab;
  // Both CAs are trusted. The impostor's path leads to one; its chain merely contains the other, which is pinned.
  const TestCa pinned = lab.ca().Intermediate("pinned CA");
  ServerPeer(lab)->mutable_pins(0)->set_issuer_spki(x509::ToPinText(pinned.certificate().spki_digest()));
  const std::vector<std::string> names = {Lab::kServerHost, Lab::kServerIdentity};
  EXPECT_THAT(CallStockServer(lab, pinned.Issue(names)), IsOk());
  IssuedCertificate impostor = lab.ca().Issue(names);
  impostor.chain.push_back(pinned.certificate().der());
  EXPECT_THAT(CallStockServer(lab, impostor), IsRefusedFor(v1::PIN_MISMATCH));
}

TEST(ClientSide, RefusesAHostTheCertificateIsNotFor) {
  const Lab lab;
  const IssuedCertificate other = lab.ca().Issue({"other.test", Lab::kServerIdentity}, lab.server().key);
  EXPECT_THAT(CallStockServer(lab, other), IsRefusedFor(v1::HOST_MISMATCH));
}

TEST(ClientSide, NeverLooksAtTheCommonName) {
  const Lab lab;
  const IssuedCertificate other = lab.ca().Issue({"other.test", Lab::kServerIdentity}, lab.server().key,
                                                 [](auto& recipe) { recipe.common_name = Lab::kServerHost; });
  EXPECT_THAT(CallStockServer(lab, other), IsRefusedFor(v1::HOST_MISMATCH));
}

TEST(ClientSide, RefusesAHostThePinSetDoesNotList) {
  const Lab lab;
  const IssuedCertificate both =
      lab.ca().Issue({Lab::kServerHost, "unlisted.test", Lab::kServerIdentity}, lab.server().key);
  const EchoServer echo(StockCredentials(both));
  const WorkloadOptions options = lab.OptionsForClient(lab.client());
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address(), options)), IsOk());
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address(), options, "unlisted.test")), IsRefusedFor(v1::HOST_NOT_PINNED));
}

TEST(ClientSide, RefusesAServerWithoutItsPeersIdentity) {
  const Lab lab;
  const IssuedCertificate nameless = lab.ca().Issue({Lab::kServerHost}, lab.server().key);
  EXPECT_THAT(CallStockServer(lab, nameless), IsRefusedFor(v1::IDENTITY_MISMATCH));
  const IssuedCertificate other = lab.ca().Issue({Lab::kServerHost, "spiffe://lab.test/other"}, lab.server().key);
  EXPECT_THAT(CallStockServer(lab, other), IsRefusedFor(v1::IDENTITY_MISMATCH));
}

TEST(ClientSide, RefusesARevokedKeyOfAnyPeer) {
  for (const int peer : {0, 1}) {
    Lab lab;
    const IssuedCertificate stolen = lab.Impostor();
    AddPin(lab.pin_set().mutable_peers(peer), v1::REVOKED, stolen.SpkiPin());
    EXPECT_THAT(CallStockServer(lab, stolen), IsRefusedFor(v1::PIN_REVOKED)) << "revoked at peer " << peer;
  }
}

TEST(ClientSide, RefusesAPinBeforeItsTime) {
  Lab lab;
  *ServerPeer(lab)->mutable_pins(1)->mutable_not_before() = InAnHour();
  const EchoServer echo(StockCredentials(lab.server_backup()));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsRefusedFor(v1::PIN_NOT_YET_VALID));
  lab.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsOk());
}

TEST(ClientSide, RefusesAPinPastItsTime) {
  Lab lab;
  *ServerPeer(lab)->mutable_pins(0)->mutable_not_after() = InAnHour();
  const EchoServer echo(StockCredentials(lab.server()));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsOk());
  lab.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsRefusedFor(v1::PIN_EXPIRED));
}

TEST(ClientSide, RefusesACertificatePastItsTime) {
  Lab lab;
  const EchoServer echo(
      StockCredentials(lab.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, lab.server().key,
                                      [](auto& recipe) { recipe.not_after = absl::Now() + absl::Hours(1); })));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsOk());
  lab.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsRefusedFor(v1::CERTIFICATE_EXPIRED));
}

TEST(ClientSide, RefusesACertificateBeforeItsTime) {
  Lab lab;
  const EchoServer echo(
      StockCredentials(lab.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, lab.server().key,
                                      [](auto& recipe) { recipe.not_before = absl::Now() - absl::Minutes(10); })));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsOk());
  // The client's own certificate is still valid then.
  lab.clock().Advance(-absl::Minutes(30));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsRefusedFor(v1::CERTIFICATE_NOT_YET_VALID));
}

TEST(ClientSide, RefusesAKeyOfAKindThatOpenSslAllows) {
  Lab lab;
  const x509::PrivateKey key = OrDie(x509::PrivateKey::GenerateEc("P-521"));
  const IssuedCertificate server = lab.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, key);
  AddPin(ServerPeer(lab), v1::RETIRING, server.SpkiPin());
  EXPECT_THAT(CallStockServer(lab, server), IsRefusedFor(v1::KEY_NOT_ALLOWED));
}

TEST(ClientSide, RefusesASignatureOfAKindThatOpenSslAllows) {
  const Lab lab;
  const IssuedCertificate server = lab.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, lab.server().key,
                                                  [](auto& recipe) { recipe.signature_hash = "SHA224"; });
  EXPECT_THAT(CallStockServer(lab, server), IsRefusedFor(v1::SIGNATURE_NOT_ALLOWED));
}

TEST(ClientSide, RefusesANulInADnsName) {
  Lab lab;
  // Read as a C string, the name equals the host. The peer has no identities, so that the name is the only fault.
  ServerPeer(lab)->clear_identities();
  const auto serve = [&lab](const std::string& name) {
    return CallStockServer(lab, lab.ca().Issue({}, lab.server().key, [&name](auto& recipe) {
      recipe.raw_subject_alt_name = x509::RawDnsName(name);
    }));
  };
  EXPECT_THAT(serve(Lab::kServerHost), IsOk());
  EXPECT_THAT(serve(absl::StrCat(Lab::kServerHost, absl::string_view("\0.evil.test", 11))),
              IsRefusedFor(v1::MALFORMED_CERTIFICATE));
}

TEST(ClientSide, RefusesAPathWithTooManyIntermediates) {
  const Lab lab;
  const std::vector<std::string> names = {Lab::kServerHost, Lab::kServerIdentity};
  TestCa ca = lab.ca();
  for (int i = 1; i <= 8; ++i) ca = ca.Intermediate(absl::StrCat("CA ", i));
  EXPECT_THAT(CallStockServer(lab, ca.Issue(names, lab.server().key)), IsOk());
  ca = ca.Intermediate("one too many");
  EXPECT_THAT(CallStockServer(lab, ca.Issue(names, lab.server().key)), IsRefusedFor(v1::CHAIN_UNTRUSTED));
}

TEST(ClientSide, RefusesTooManyCertificates) {
  const Lab lab;
  IssuedCertificate server = lab.server();
  server.chain.insert(server.chain.end(), 40, lab.server_backup().chain.front());
  EXPECT_THAT(CallStockServer(lab, server), IsRefusedFor(v1::MALFORMED_CERTIFICATE));
}

TEST(ClientSide, AcceptsAnUnpinnedKeyUnderReportOnlyAndReportsIt) {
  Lab lab;
  *ServerPeer(lab)->mutable_report_only_until() = InAnHour();
  const IssuedCertificate stranger = lab.Impostor();
  EXPECT_THAT(lab.CallServerWith(stranger), IsOk());
  const HandshakeEvent event = lab.client_events().handshakes().at(0);
  EXPECT_THAT(event, IsAccepted());
  EXPECT_EQ(event.report_only_reason, v1::PIN_MISMATCH);
  EXPECT_EQ(event.matched_state, v1::PIN_STATE_UNSPECIFIED);
  EXPECT_THAT(event.text, HasSubstr(stranger.SpkiPin()));
  EXPECT_THAT(event.text, HasSubstr(lab.server().SpkiPin()));
}

TEST(ClientSide, ReportOnlyExcusesNothingButThePin) {
  Lab lab;
  *ServerPeer(lab)->mutable_report_only_until() = InAnHour();
  EXPECT_THAT(CallStockServer(lab, lab.ca().Issue({"other.test", Lab::kServerIdentity})),
              IsRefusedFor(v1::HOST_MISMATCH));
  EXPECT_THAT(CallStockServer(lab, lab.ca().Issue({Lab::kServerHost})), IsRefusedFor(v1::IDENTITY_MISMATCH));
  const IssuedCertificate stolen = lab.Impostor();
  AddPin(ServerPeer(lab), v1::REVOKED, stolen.SpkiPin());
  EXPECT_THAT(CallStockServer(lab, stolen), IsRefusedFor(v1::PIN_REVOKED));
}

TEST(ClientSide, EnforcesFromTheEndOfReportOnlyOn) {
  Lab lab;
  *ServerPeer(lab)->mutable_report_only_until() = InAnHour();
  const EchoServer echo(StockCredentials(lab.Impostor()));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsOk());
  lab.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Echo(lab.ChannelTo(echo.address())), IsRefusedFor(v1::PIN_MISMATCH));
}

}  // namespace
}  // namespace pinion::testing
