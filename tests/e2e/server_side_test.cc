// What a server refuses, over real TLS on loopback: one fault in each test. The client sees no more than a closed
// connection; the reason is an event. The faulty clients are bare OpenSSL, since Pinion would not start with most of
// these certificates.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"
#include "tests/e2e/raw_tls_client.h"

namespace pinion::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The event of the lab's legitimate server for a client with this certificate, whatever its faults.
HandshakeEvent Judge(const Lab& lab, const IssuedCertificate& as, v1::UnlistedClients unlisted_clients = v1::ACCEPT) {
  const size_t before = lab.server_events().handshakes().size();
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.server->unlisted_clients = unlisted_clients;
  const EchoServer echo(options);
  const RawTlsOutcome outcome = RawTlsClient(TlsVersion::k13, &as).Connect(echo.port());
  HandshakeEvent event = lab.server_events().WaitForHandshake(before).value_or(HandshakeEvent());
  EXPECT_EQ(outcome.served, event.reason == v1::ACCEPTED ? Served::kYes : Served::kNo) << outcome.error;
  return event;
}

v1::Peer* ClientPeer(Lab& lab) { return lab.pin_set().mutable_peers(1); }

v1::Pin* AddPin(v1::Peer* peer, v1::PinState state, const std::string& spki) {
  v1::Pin* pin = peer->add_pins();
  pin->set_state(state);
  pin->set_spki(spki);
  return pin;
}

bool IsPrintableAscii(absl::string_view text) { return std::all_of(text.begin(), text.end(), absl::ascii_isprint); }

TEST(ServerSide, AcceptsTheLegitimateClient) {
  const Lab lab;
  const HandshakeEvent event = lab.CallClientWith(lab.client());
  EXPECT_THAT(event, IsAccepted());
  EXPECT_EQ(event.side, Side::kServer);
  EXPECT_EQ(event.host, "");
  EXPECT_EQ(event.peer, "client");
  EXPECT_EQ(event.presented_pin, lab.client().SpkiPin());
  EXPECT_EQ(event.matched_state, v1::ACTIVE);
  EXPECT_EQ(event.text, "");
}

TEST(ServerSide, ReportsTheStateOfThePin) {
  for (const v1::PinState state : {v1::BACKUP, v1::RETIRING}) {
    Lab lab;
    const IssuedCertificate client = lab.ca().Issue({Lab::kClientIdentity});
    AddPin(ClientPeer(lab), state, client.SpkiPin());
    const HandshakeEvent event = lab.CallClientWith(client);
    EXPECT_THAT(event, IsAccepted());
    EXPECT_EQ(event.matched_state, state);
  }
}

// Whether the server reports each of these within 10 seconds. A refusal by OpenSSL is reported when its connection has
// ended, possibly after the next client.
bool Reports(const Lab& lab, const std::vector<v1::Reason>& reasons) {
  return WaitUntil([&] {
    const std::vector<HandshakeEvent> events = lab.server_events().handshakes();
    return std::all_of(reasons.begin(), reasons.end(), [&events](v1::Reason reason) {
      return std::any_of(events.begin(), events.end(), [reason](const auto& event) { return event.reason == reason; });
    });
  });
}

TEST(ServerSide, RefusesAClientWithoutACertificate) {
  const Lab lab;
  const EchoServer echo(lab.OptionsForServer(lab.server()));
  EXPECT_EQ(RawTlsClient(TlsVersion::k12, nullptr).Connect(echo.port()).served, Served::kNo);
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, nullptr).Connect(echo.port()).served, Served::kNo);
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &lab.client()).Connect(echo.port()).served, Served::kYes);
  EXPECT_TRUE(Reports(lab, {v1::NO_CERTIFICATE, v1::ACCEPTED}));
}

TEST(ServerSide, RefusesAClientOfAnotherCa) {
  const Lab lab;
  const EchoServer echo(lab.OptionsForServer(lab.server()));
  const IssuedCertificate stranger = TestCa("Lab CA").Issue({Lab::kClientIdentity}, lab.client().key);
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &stranger).Connect(echo.port()).served, Served::kNo);
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &lab.client()).Connect(echo.port()).served, Served::kYes);
  EXPECT_TRUE(Reports(lab, {v1::CHAIN_UNTRUSTED, v1::ACCEPTED}));
}

// gRPC 1.51 aborts when it reads such an address of a certificate whose path it has accepted, or has not checked.
TEST(ServerSide, SurvivesAMalformedAddressFromAnotherCa) {
  const Lab lab;
  const EchoServer echo(lab.OptionsForServer(lab.server()));
  const TestCa another("Lab CA");
  for (const absl::string_view address : {"abcde", "", "abcdefghijklmnopq"}) {
    const IssuedCertificate stranger =
        another.Issue({}, [&](auto& recipe) { recipe.raw_subject_alt_name = x509::RawIpAddress(address); });
    EXPECT_EQ(RawTlsClient(TlsVersion::k13, &stranger).Connect(echo.port()).served, Served::kNo);
  }
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &lab.client()).Connect(echo.port()).served, Served::kYes);
}

TEST(ServerSide, RefusesACertificateForServersAlone) {
  const Lab lab;
  const EchoServer echo(lab.OptionsForServer(lab.server()));
  const IssuedCertificate client =
      lab.ca().Issue({Lab::kClientIdentity}, lab.client().key, [](auto& recipe) { recipe.client_auth = false; });
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &client).Connect(echo.port()).served, Served::kNo);
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &lab.client()).Connect(echo.port()).served, Served::kYes);
  EXPECT_TRUE(Reports(lab, {v1::WRONG_PURPOSE, v1::ACCEPTED}));
}

TEST(ServerSide, AcceptsAnUnlistedClientWhereTheOptionsSaySo) {
  const Lab lab;
  const IssuedCertificate unlisted = lab.ca().Issue({"spiffe://lab.test/unlisted"});
  const HandshakeEvent event = Judge(lab, unlisted, v1::ACCEPT);
  EXPECT_THAT(event, IsAccepted());
  EXPECT_EQ(event.peer, "");
  EXPECT_EQ(event.matched_state, v1::PIN_STATE_UNSPECIFIED);
  EXPECT_THAT(Judge(lab, unlisted, v1::REFUSE), IsRefusedFor(v1::IDENTITY_NOT_PINNED));
  EXPECT_THAT(Judge(lab, lab.client(), v1::REFUSE), IsAccepted());
}

TEST(ServerSide, RefusesAListedIdentityWithAnotherKey) {
  const Lab lab;
  const IssuedCertificate impostor = lab.ca().Issue({Lab::kClientIdentity});
  const HandshakeEvent event = lab.CallClientWith(impostor);
  EXPECT_THAT(event, IsRefusedFor(v1::PIN_MISMATCH));
  EXPECT_EQ(event.peer, "client");
  EXPECT_EQ(event.presented_pin, impostor.SpkiPin());
  EXPECT_EQ(event.presented_subject, "CN=test leaf");
  EXPECT_THAT(event.text, AllOf(HasSubstr("PIN_MISMATCH: "), HasSubstr(absl::StrCat("presented ", impostor.SpkiPin())),
                                HasSubstr(lab.client().SpkiPin()), HasSubstr("add it to peer \"client\"")));
}

TEST(ServerSide, GivesARefusedClientNoReason) {
  const Lab lab;
  const EchoServer echo(lab.OptionsForServer(lab.server()));
  const IssuedCertificate impostor = lab.ca().Issue({Lab::kClientIdentity});
  const grpc::Status status = Echo(lab.ChannelTo(echo.address(), lab.OptionsForClient(impostor)));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(RefusalReason(status), v1::REASON_UNSPECIFIED) << status.error_message();
}

TEST(ServerSide, RefusesAPinnedCertificateAppendedToAnImpostorsChain) {
  const Lab lab;
  IssuedCertificate impostor = lab.ca().Issue({Lab::kClientIdentity});
  impostor.chain.push_back(lab.client().chain.front());
  EXPECT_THAT(Judge(lab, impostor), IsRefusedFor(v1::PIN_MISMATCH));
}

TEST(ServerSide, HoldsAClientThatNamesAListedHostToThatPeersPins) {
  const Lab lab;
  for (const char* name : {"server.test", "SERVER.test."}) {
    const HandshakeEvent event = Judge(lab, lab.ca().Issue({name}));
    EXPECT_THAT(event, IsRefusedFor(v1::PIN_MISMATCH)) << name;
    EXPECT_EQ(event.peer, "server");
  }
}

TEST(ServerSide, RefusesTheNamesOfTwoPeers) {
  const Lab lab;
  for (const IssuedCertificate& owner : {lab.client(), lab.server()}) {
    EXPECT_THAT(Judge(lab, lab.ca().Issue({Lab::kClientIdentity, Lab::kServerIdentity}, owner.key)),
                IsRefusedFor(v1::MALFORMED_CERTIFICATE));
    EXPECT_THAT(Judge(lab, lab.ca().Issue({Lab::kClientIdentity, Lab::kServerHost}, owner.key)),
                IsRefusedFor(v1::IDENTITY_MISMATCH));
  }
}

TEST(ServerSide, RefusesAClientWithoutAName) {
  const Lab lab;
  EXPECT_THAT(Judge(lab, lab.ca().Issue({})), IsRefusedFor(v1::IDENTITY_MISMATCH));
  EXPECT_THAT(Judge(lab, lab.ca().Issue({"127.0.0.1"})), IsRefusedFor(v1::IDENTITY_MISMATCH));
}

TEST(ServerSide, RefusesARevokedKeyUnderAnyName) {
  Lab lab;
  const IssuedCertificate stolen = lab.ca().Issue({"spiffe://lab.test/unlisted"});
  EXPECT_THAT(Judge(lab, stolen), IsAccepted());
  AddPin(ClientPeer(lab), v1::REVOKED, stolen.SpkiPin());
  EXPECT_THAT(Judge(lab, stolen), IsRefusedFor(v1::PIN_REVOKED));
}

TEST(ServerSide, RefusesAPinOutsideItsTime) {
  Lab lab;
  const IssuedCertificate early = lab.ca().Issue({Lab::kClientIdentity});
  const IssuedCertificate late = lab.ca().Issue({Lab::kClientIdentity});
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  AddPin(ClientPeer(lab), v1::RETIRING, early.SpkiPin())->mutable_not_before()->set_seconds(now + 3600);
  AddPin(ClientPeer(lab), v1::RETIRING, late.SpkiPin())->mutable_not_after()->set_seconds(now - 3600);
  EXPECT_THAT(Judge(lab, early), IsRefusedFor(v1::PIN_NOT_YET_VALID));
  EXPECT_THAT(Judge(lab, late), IsRefusedFor(v1::PIN_EXPIRED));
}

TEST(ServerSide, RefusesAKeyOfAKindThatOpenSslAllows) {
  const Lab lab;
  const x509::PrivateKey key = OrDie(x509::PrivateKey::GenerateEc("P-521"));
  EXPECT_THAT(Judge(lab, lab.ca().Issue({"spiffe://lab.test/unlisted"}, key)), IsRefusedFor(v1::KEY_NOT_ALLOWED));
}

TEST(ServerSide, RefusesASignatureOfAKindThatOpenSslAllows) {
  const Lab lab;
  const IssuedCertificate client =
      lab.ca().Issue({Lab::kClientIdentity}, lab.client().key, [](auto& recipe) { recipe.signature_hash = "SHA224"; });
  EXPECT_THAT(Judge(lab, client), IsRefusedFor(v1::SIGNATURE_NOT_ALLOWED));
}

TEST(ServerSide, AcceptsAnUnpinnedKeyUnderReportOnlyAndReportsIt) {
  Lab lab;
  ClientPeer(lab)->mutable_report_only_until()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(1)));
  const HandshakeEvent event = Judge(lab, lab.ca().Issue({Lab::kClientIdentity}));
  EXPECT_THAT(event, IsAccepted());
  EXPECT_EQ(event.report_only_reason, v1::PIN_MISMATCH);
  EXPECT_THAT(event.text, HasSubstr("ACCEPTED (report-only, else PIN_MISMATCH)"));
}

TEST(ServerSide, RefusesANulInADnsName) {
  const Lab lab;
  const IssuedCertificate client = lab.ca().Issue({}, [](auto& recipe) {
    recipe.raw_subject_alt_name = x509::RawDnsName(absl::string_view("good.test\0.evil.test", 20));
  });
  const HandshakeEvent event = Judge(lab, client);
  EXPECT_THAT(event, IsRefusedFor(v1::MALFORMED_CERTIFICATE));
  EXPECT_THAT(event.text, HasSubstr("\"good.test\\x00.evil.test\""));
}

TEST(ServerSide, NeverPassesOnWhatAClientCouldPutIntoALog) {
  const Lab lab;
  const std::string nasty = "a\nlevel=info\r\t\x1b[2J\x7f\xc3\xa4\xe2\x80\xae\"\\,=";
  const auto checked = [&lab](const IssuedCertificate& client, v1::Reason reason) {
    HandshakeEvent event = Judge(lab, client, v1::REFUSE);
    EXPECT_THAT(event, IsRefusedFor(reason));
    EXPECT_TRUE(IsPrintableAscii(event.text)) << event.text;
    EXPECT_TRUE(IsPrintableAscii(event.presented_subject)) << event.presented_subject;
    return event;
  };
  const auto with_subject = [&nasty](auto& recipe) { recipe.common_name = nasty; };
  EXPECT_THAT(checked(lab.ca().Issue({Lab::kClientIdentity}, with_subject), v1::PIN_MISMATCH).presented_subject,
              HasSubstr("CN=a\\0Alevel=info\\0D"));
  checked(lab.ca().Intermediate(nasty.substr(1), with_subject).Issue({Lab::kClientIdentity}), v1::PIN_MISMATCH);
  checked(lab.ca().Issue({}, [&nasty](auto& recipe) { recipe.raw_subject_alt_name = x509::RawDnsName(nasty); }),
          v1::MALFORMED_CERTIFICATE);
  checked(lab.ca().Issue({"spiffe://x/\",\nforged"}), v1::MALFORMED_CERTIFICATE);
  checked(lab.ca().Issue({"spiffe://lab.test/\"%0A\\"}), v1::MALFORMED_CERTIFICATE);
  checked(lab.ca().Issue({"https://lab.test/\"%0A\\"}), v1::IDENTITY_NOT_PINNED);
}

}  // namespace
}  // namespace pinion::testing
