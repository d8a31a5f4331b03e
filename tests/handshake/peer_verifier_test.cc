// The verdict table: each row is the sound handshake with exactly one fault.
#include "pinion/handshake/peer_verifier.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"
#include "tests/handshake/sound_handshake.h"

namespace pinion {
namespace {

using ::pinion::testing::OrDie;
using ::testing::HasSubstr;
using Recipe = x509::CertificateRecipe;

constexpr absl::Duration kSecond = absl::Seconds(1);
const std::vector<PeerRole> kBoth = {PeerRole::kServer, PeerRole::kClient};
const std::vector<PeerRole> kServer = {PeerRole::kServer};
const std::vector<PeerRole> kClient = {PeerRole::kClient};
const std::vector<std::string> kNames = {"payments.test", "spiffe://prod/payments"};

struct Row {
  const char* fault;
  std::vector<PeerRole> roles;
  std::function<void(SoundHandshake&)> spoil;
  v1::Reason reason;
  const char* problem;
};

// Presents the leaf of the sound handshake after `edit`.
std::function<void(SoundHandshake&)> Leaf(const testing::TestCa::Edit& edit) {
  return [edit](SoundHandshake& it) { it.Present(TrustedIntermediate(), kNames, edit); };
}

std::function<void(SoundHandshake&)> LeafFor(const std::vector<std::string>& names) {
  return [names](SoundHandshake& it) { it.Present(TrustedIntermediate(), names); };
}

std::function<void(SoundHandshake&)> RawNames(const std::string& der) {
  return Leaf([der](Recipe& recipe) { recipe.raw_subject_alt_name = der; });
}

std::vector<Row> CertificateRows() {
  return {
      {"no certificate", kBoth, [](auto& it) { it.presented = {}; }, v1::NO_CERTIFICATE,
       "the peer presented no certificate"},
      {"issuers without a leaf", kBoth, [](auto& it) { it.presented.leaf.clear(); }, v1::NO_CERTIFICATE,
       "the peer presented no certificate"},
      {"truncated", kBoth, [](auto& it) { it.presented.leaf.pop_back(); }, v1::MALFORMED_CERTIFICATE,
       "the certificate is malformed: not a certificate: "},
      {"bytes after the leaf", kBoth, [](auto& it) { it.presented.leaf += '\0'; }, v1::MALFORMED_CERTIFICATE,
       "the certificate is malformed: bytes follow the certificate"},
      {"NUL in a name", kBoth, RawNames(x509::RawDnsName(std::string("payments.test\0.evil", 19))),
       v1::MALFORMED_CERTIFICATE,
       R"(the certificate is malformed: subjectAltName: a DNS name is not visible ASCII: "payments.test\x00.evil")"},
      {"address of 5 bytes", kBoth, RawNames(x509::RawIpAddress("12345")), v1::MALFORMED_CERTIFICATE,
       "the certificate is malformed: subjectAltName: an IP address is not 4 or 16 bytes long: \"12345\""},
      {"names of a wrong type", kBoth, RawNames(std::string("\x02\x01\x07", 3)), v1::MALFORMED_CERTIFICATE,
       "the certificate is malformed: subjectAltName: "},
      {"junk beside the leaf", kBoth, [](auto& it) { it.presented.others.push_back("junk"); },
       v1::MALFORMED_CERTIFICATE, "a certificate sent beside the leaf is malformed: not a certificate: "},
      {"33 issuers", kBoth, [](auto& it) { it.presented.others.resize(33, it.presented.others[0]); },
       v1::MALFORMED_CERTIFICATE, "the peer presented 33 issuing certificates"},
  };
}

std::vector<Row> PathRows() {
  return {
      {"of another root", kBoth, [](auto& it) { it.Present(OtherRoot(), kNames); }, v1::CHAIN_UNTRUSTED,
       "the certificate: unable to get local issuer certificate"},
      {"trusts another root", kBoth, [](auto& it) { it.roots_pem = OtherRoot().RootPem(); }, v1::CHAIN_UNTRUSTED,
       "unable to get local issuer certificate; neither the chain that was sent nor the trust roots hold its issuer"},
      {"without its intermediate", kBoth, [](auto& it) { it.presented.others.clear(); }, v1::CHAIN_UNTRUSTED,
       "the certificate: unable to get local issuer certificate"},
      {"expired", kBoth, Leaf([](Recipe& recipe) { recipe.not_after = HandshakeTime(); }), v1::CERTIFICATE_EXPIRED,
       "the certificate: certificate has expired"},
      {"not yet valid", kBoth, Leaf([](Recipe& recipe) { recipe.not_before = HandshakeTime() + kSecond; }),
       v1::CERTIFICATE_NOT_YET_VALID, "the certificate: certificate is not yet valid"},
      {"not for servers", kServer, Leaf([](Recipe& recipe) { recipe.server_auth = false; }), v1::WRONG_PURPOSE,
       "the certificate: unsuitable certificate purpose"},
      {"not for clients", kClient, Leaf([](Recipe& recipe) { recipe.client_auth = false; }), v1::WRONG_PURPOSE,
       "the certificate: unsuitable certificate purpose"},
      {"a CA", kBoth, Leaf([](Recipe& recipe) { recipe.is_ca = true; }), v1::WRONG_PURPOSE, "the certificate: "},
      {"signed with SHA-1", kBoth, Leaf([](Recipe& recipe) { recipe.signature_hash = "SHA1"; }),
       v1::SIGNATURE_NOT_ALLOWED, "the certificate: CA signature digest algorithm too weak"},
      {"P-521 key", kBoth,
       [](auto& it) {
         it.key = OrDie(x509::PrivateKey::GenerateEc("P-521"));
         it.Present(TrustedIntermediate(), kNames);
         it.active_pin().set_spki(x509::ToPinText(it.key.spki_digest()));
       },
       v1::KEY_NOT_ALLOWED, "the certificate has an EC key on secp521r1; Pinion accepts "},
      {"expired intermediate", kBoth,
       [](auto& it) {
         it.Present(TrustedRoot().Intermediate("Old", [](Recipe& recipe) { recipe.not_after = HandshakeTime(); }),
                    kNames);
       },
       v1::CERTIFICATE_EXPIRED, "issuing certificate 1 on its path: certificate has expired"},
  };
}

std::vector<Row> NameRows() {
  return {
      {"host of no peer", kServer,
       [](auto& it) {
         it.host = "other.test";
         it.Present(TrustedIntermediate(), {"payments.test", "other.test", "spiffe://prod/payments"});
       },
       v1::HOST_NOT_PINNED, R"("other.test" is not a host of any peer in the pin set, version 7)"},
      {"malformed host", kServer, [](auto& it) { it.host = "payments.test\n"; }, v1::HOST_NOT_PINNED,
       R"("payments.test\n" is not a host of any peer in the pin set, version 7, and is not a host name)"},
      {"empty host", kServer, [](auto& it) { it.host.clear(); }, v1::HOST_NOT_PINNED,
       R"("" is not a host of any peer)"},
      {"another host's leaf", kServer, LeafFor({"other.test", "spiffe://prod/payments"}), v1::HOST_MISMATCH,
       R"(the certificate is not for "payments.test")"},
      {"host in the common name alone", kServer,
       [](auto& it) {
         it.Present(TrustedIntermediate(), {"spiffe://prod/payments"},
                    [](Recipe& recipe) { recipe.common_name = "payments.test"; });
       },
       v1::HOST_MISMATCH, R"(the certificate is not for "payments.test")"},
      {"no identity", kServer, LeafFor({"payments.test"}), v1::IDENTITY_MISMATCH,
       R"(the certificate carries no identity of peer "payments")"},
      {"another's identity", kServer, LeafFor({"payments.test", "spiffe://prod/ledger"}), v1::IDENTITY_MISMATCH,
       R"(the certificate carries no identity of peer "payments")"},
      {"identity in capitals", kServer, LeafFor({"payments.test", "spiffe://prod/Payments"}), v1::IDENTITY_MISMATCH,
       R"(the certificate carries no identity of peer "payments")"},
      {"two SPIFFE IDs", kClient, LeafFor({"spiffe://prod/payments", "spiffe://prod/ledger"}),
       v1::MALFORMED_CERTIFICATE, "a certificate with a SPIFFE ID has no other URI"},
      {"names one peer by identity, another by host", kClient, LeafFor({"spiffe://prod/payments", "audit.test"}),
       v1::IDENTITY_MISMATCH, R"(the certificate carries names of more than one peer: "payments", "audit")"},
      {"names without a URI or DNS name", kClient, LeafFor({"192.0.2.1"}), v1::IDENTITY_MISMATCH,
       "the certificate has no URI or DNS subjectAltName, so it identifies no client"},
      {"names no listed peer", kClient, LeafFor({"spiffe://prod/unknown"}), v1::IDENTITY_NOT_PINNED,
       "the certificate names no peer of the pin set, and unlisted clients are refused"},
  };
}

void RevokeActivePin(SoundHandshake& it) {
  it.active_pin().set_state(v1::REVOKED);
  it.AddPin(v1::ACTIVE).set_issuer_spki(IssuerPin(TrustedIntermediate()));
}

std::vector<Row> RevokedRows() {
  return {
      {"revoked key", kBoth, RevokeActivePin, v1::PIN_REVOKED, "its key is REVOKED in the pin set: sha256/"},
      {"revoked issuer", kBoth,
       [](auto& it) { it.AddPin(v1::REVOKED).set_issuer_spki(IssuerPin(TrustedIntermediate())); }, v1::PIN_REVOKED,
       "its issuer's key is REVOKED in the pin set: issuer_spki sha256/"},
      {"revoked root", kBoth, [](auto& it) { it.AddPin(v1::REVOKED).set_issuer_spki(IssuerPin(TrustedRoot())); },
       v1::PIN_REVOKED, "its issuer's key is REVOKED in the pin set: issuer_spki sha256/"},
      {"another peer's revoked key", kBoth,
       [](auto& it) {
         v1::Pin* const pin = it.pins.mutable_peers(1)->add_pins();
         pin->set_state(v1::REVOKED);
         pin->set_spki(it.active_pin().spki());
         it.active_pin().set_issuer_spki(IssuerPin(TrustedIntermediate()));
       },
       v1::PIN_REVOKED, "its key is REVOKED in the pin set: sha256/"},
  };
}

std::vector<Row> PinRows() {
  return {
      {"another key", kBoth,
       [](auto& it) {
         it.key = OrDie(x509::PrivateKey::GenerateEc("P-256"));
         it.Present(TrustedIntermediate(), kNames);
       },
       v1::PIN_MISMATCH, R"( holds a key that is not a pin of peer "payments")"},
      {"pin before its time", kBoth,
       [](auto& it) { SetTime(it.active_pin().mutable_not_before(), HandshakeTime() + kSecond); },
       v1::PIN_NOT_YET_VALID, R"(its pin of peer "payments" is accepted only from 2026-06-01T12:00:01Z)"},
      {"pin after its time", kBoth, [](auto& it) { SetTime(it.active_pin().mutable_not_after(), HandshakeTime()); },
       v1::PIN_EXPIRED, R"(its pin of peer "payments" was accepted only until 2026-06-01T12:00:00Z)"},
  };
}

// Each row in each of its roles.
void ForEach(const std::vector<Row>& rows, const std::function<void(const Row&, SoundHandshake&)>& check) {
  for (const Row& row : rows) {
    for (const PeerRole role : row.roles) {
      SCOPED_TRACE(absl::StrCat(row.fault, role == PeerRole::kServer ? ", of a server" : ", of a client"));
      SoundHandshake handshake(role);
      row.spoil(handshake);
      check(row, handshake);
    }
  }
}

void ExpectRefused(const Row& row, const SoundHandshake& handshake) {
  std::shared_ptr<const VerifiedPath> path;
  const Verdict verdict = handshake.Judge(&path);
  EXPECT_EQ(v1::Reason_Name(verdict.reason), v1::Reason_Name(row.reason));
  EXPECT_THAT(verdict.problem, HasSubstr(row.problem));
  EXPECT_FALSE(verdict.next_step.empty());
  EXPECT_FALSE(verdict.accepted());
  EXPECT_FALSE(verdict.matched.has_value());
  EXPECT_EQ(verdict.report_only_reason, v1::REASON_UNSPECIFIED);
  EXPECT_EQ(verdict.holds_until, absl::InfinitePast());
  EXPECT_EQ(path, nullptr);
}

void SetReportOnly(SoundHandshake& handshake) {
  for (v1::Peer& peer : *handshake.pins.mutable_peers()) {
    SetTime(peer.mutable_report_only_until(), HandshakeTime() + kSecond);
  }
}

TEST(PeerVerifierTest, TheSoundHandshakeIsAccepted) {
  for (const PeerRole role : kBoth) {
    const SoundHandshake handshake(role);
    std::shared_ptr<const VerifiedPath> path;
    const Verdict verdict = handshake.Judge(&path);
    EXPECT_EQ(verdict.ToString(), "ACCEPTED");
    EXPECT_EQ(verdict.peer, "payments");
    EXPECT_EQ(path->certificates().size(), 3);
    EXPECT_EQ(verdict.leaf->der(), handshake.presented.leaf);
  }
}

TEST(PeerVerifierTest, OneFaultInTheCertificateRefuses) { ForEach(CertificateRows(), ExpectRefused); }
TEST(PeerVerifierTest, OneFaultOnThePathRefuses) { ForEach(PathRows(), ExpectRefused); }
TEST(PeerVerifierTest, OneFaultInTheNamesRefuses) { ForEach(NameRows(), ExpectRefused); }
TEST(PeerVerifierTest, OneRevokedPinRefuses) { ForEach(RevokedRows(), ExpectRefused); }
TEST(PeerVerifierTest, OneFaultInThePinsRefuses) { ForEach(PinRows(), ExpectRefused); }

TEST(PeerVerifierTest, ReportOnlyExcusesNothingButThePinCheck) {
  for (const std::vector<Row>& rows : {CertificateRows(), PathRows(), NameRows(), RevokedRows()}) {
    ForEach(rows, [](const Row& row, SoundHandshake& handshake) {
      SetReportOnly(handshake);
      ExpectRefused(row, handshake);
    });
  }
}

TEST(PeerVerifierTest, ReportOnlyReportsThePinCheckUntilItEnds) {
  ForEach(PinRows(), [](const Row& row, SoundHandshake& handshake) {
    SetReportOnly(handshake);
    const Verdict verdict = handshake.Judge();
    EXPECT_EQ(v1::Reason_Name(verdict.reason), "ACCEPTED");
    EXPECT_EQ(v1::Reason_Name(verdict.report_only_reason), v1::Reason_Name(row.reason));
    EXPECT_THAT(verdict.problem, HasSubstr(row.problem));
    EXPECT_FALSE(verdict.presented.empty());
    EXPECT_FALSE(verdict.matched.has_value());
    EXPECT_EQ(verdict.holds_until, HandshakeTime() + kSecond);
    SetTime(handshake.peer().mutable_report_only_until(), HandshakeTime());
    ExpectRefused(row, handshake);
  });
}

}  // namespace
}  // namespace pinion
