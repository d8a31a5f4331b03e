#include "pinion/pin/pin_set.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/base/file.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"

namespace pinion {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

std::string PinText(char letter) { return absl::StrCat("sha256/", std::string(42, letter), "A="); }

// A peer that keeps the rules; `letter` makes its pins its own.
v1::Peer PeerNamed(const std::string& name, const std::vector<std::string>& hosts,
                   const std::vector<std::string>& identities, char letter) {
  v1::Peer peer;
  peer.set_name(name);
  for (const std::string& host : hosts) peer.add_hosts(host);
  for (const std::string& identity : identities) peer.add_identities(identity);
  v1::Pin* pin = peer.add_pins();
  pin->set_spki(PinText(letter));
  pin->set_state(v1::ACTIVE);
  pin = peer.add_pins();
  pin->set_certificate(PinText(static_cast<char>(letter + 1)));
  pin->set_state(v1::BACKUP);
  return peer;
}

std::shared_ptr<const PinSet> SetOf(const std::vector<v1::Peer>& peers) {
  v1::PinSet proto;
  proto.set_version(1);
  for (const v1::Peer& peer : peers) *proto.add_peers() = peer;
  return OrDie(PinSet::FromProto(proto));
}

std::string FoundByHost(const PinSet& set, absl::string_view host) {
  const Peer* peer = set.FindByHost(OrDie(x509::HostName::Parse(host)));
  return peer == nullptr ? "" : peer->name;
}

std::vector<std::string> FoundByNames(const PinSet& set, const std::vector<std::string>& dns,
                                      const std::vector<std::string>& uris = {}) {
  x509::SubjectAltNames names;
  names.dns = dns;
  names.uris = uris;
  std::vector<std::string> found;
  for (const Peer* peer : set.FindByNames(names)) found.push_back(peer->name);
  return found;
}

TEST(PinSetTest, KeepsWhatTheFileSays) {
  const std::string text = absl::StrCat(R"({"version": 7, "peers": [{
    "name": "payments", "hosts": ["Payments.Test.", "*.payments.test", "[::1]"],
    "identities": ["spiffe://prod/Payments", "Payments.Prod.Test"],
    "pins": [{"spki": ")",
                                        PinText('A'), R"(", "state": "ACTIVE"},
             {"certificate": ")",
                                        PinText('B'),
                                        R"(", "state": "BACKUP", "not_before": "2026-12-01T00:00:00.5Z",
              "not_after": "2027-12-01T00:00:00+01:00"},
             {"issuer_spki": ")",
                                        PinText('C'), R"(", "state": "REVOKED"}],
    "report_only_until": "2026-06-01T12:00:00Z"}]})");
  const auto set = OrDie(PinSet::FromJson(text, "pins.json"));
  EXPECT_EQ(set->version(), 7);
  ASSERT_EQ(set->peers().size(), 1);
  const Peer& peer = set->peers()[0];
  EXPECT_EQ(peer.name, "payments");
  ASSERT_EQ(peer.hosts.size(), 3);
  EXPECT_EQ(peer.hosts[0].text(), "payments.test");
  EXPECT_EQ(peer.hosts[2].text(), "::1");
  EXPECT_THAT(peer.identities, ElementsAre("spiffe://prod/Payments", "payments.prod.test"));
  EXPECT_EQ(peer.report_only_until, kNow);
  ASSERT_EQ(peer.pins.size(), 3);
  EXPECT_EQ(ToString(peer.pins[0]), PinText('A') + " (ACTIVE)");
  EXPECT_EQ(ToString(peer.pins[1]),
            "certificate " + PinText('B') + " (BACKUP, from 2026-12-01T00:00:00Z, until 2027-11-30T23:00:00Z)");
  EXPECT_EQ(peer.pins[1].not_before,
            absl::FromCivil(absl::CivilSecond(2026, 12, 1), absl::UTCTimeZone()) + absl::Milliseconds(500));
  EXPECT_EQ(ToString(peer.pins[2]), "issuer_spki " + PinText('C') + " (REVOKED)");
}

// The wildcard of one peer must not take over a name that is another peer's own.
TEST(PinSetTest, AnExactNameOfAClientTakesPrecedenceOverAWildcard) {
  const auto set =
      SetOf({PeerNamed("gateway", {"*.internal.test"}, {}, 'A'), PeerNamed("orders", {}, {"orders.internal.test"}, 'E'),
             PeerNamed("payments", {"payments.internal.test"}, {}, 'J')});
  EXPECT_THAT(FoundByNames(*set, {"orders.internal.test"}), ElementsAre("orders"));
  EXPECT_THAT(FoundByNames(*set, {"payments.internal.test"}), ElementsAre("payments"));
  EXPECT_THAT(FoundByNames(*set, {"other.internal.test"}), ElementsAre("gateway"));
  EXPECT_THAT(FoundByNames(*set, {"*.internal.test"}), ElementsAre("gateway"));
  EXPECT_THAT(FoundByNames(*set, {"orders.internal.test", "other.internal.test"}), ElementsAre("orders", "gateway"));
}

TEST(PinSetTest, KeepsItsEndAndItsProofs) {
  v1::PinSet proto;
  proto.set_version(1);
  *proto.add_peers() = PeerNamed("a", {"a.test"}, {}, 'A');
  const auto plain = OrDie(PinSet::FromProto(proto));
  EXPECT_EQ(plain->expires(), absl::InfiniteFuture());
  EXPECT_FALSE(plain->HasProofs());
  proto.mutable_expires()->set_seconds(absl::ToUnixSeconds(kNow));
  proto.mutable_peers(0)->mutable_pins(1)->set_spki(PinText('B'));
  proto.mutable_peers(0)->mutable_pins(1)->mutable_proven_on()->set_seconds(absl::ToUnixSeconds(kNow));
  const auto set = OrDie(PinSet::FromProto(proto));
  EXPECT_EQ(set->expires(), kNow);
  EXPECT_TRUE(set->HasProofs());
  const auto& pins = set->peers()[0].pins;
  EXPECT_EQ(set->ProvenOn(pins[0].pin), absl::InfinitePast());
  EXPECT_EQ(set->ProvenOn(pins[1].pin), kNow);
  EXPECT_EQ(set->ProvenOn({PinKind::kIssuerSpki, pins[1].pin.digest}), absl::InfinitePast());
  EXPECT_FALSE(set->SaysTheSameAs(*plain));
}

TEST(PinSetTest, RoundsTimesSoThatAPinIsAcceptedForLess) {
  v1::Peer peer = PeerNamed("a", {"a.test"}, {}, 'A');
  v1::Pin* const pin = peer.mutable_pins(0);
  pin->mutable_not_before()->set_nanos(1);
  pin->mutable_not_after()->set_seconds(1);
  pin->mutable_not_after()->set_nanos(1'999'999);
  const auto set = SetOf({peer});
  EXPECT_EQ(absl::Time(set->peers()[0].pins[0].not_before), absl::FromUnixMillis(1));
  EXPECT_EQ(absl::Time(set->peers()[0].pins[0].not_after), absl::FromUnixMillis(1001));
}

TEST(PinSetTest, ReportOnlyIsOffUnlessItHasAnEnd) {
  EXPECT_EQ(SetOf({PeerNamed("a", {"a.test"}, {}, 'A')})->peers()[0].report_only_until, absl::InfinitePast());
}

TEST(PinSetTest, AnErrorOfAMessageNamesThePathAlone) {
  v1::PinSet proto;
  EXPECT_EQ(PinSet::FromProto(proto).status().message(),
            "version: is missing or less than 1; number the file's changes from 1");
  proto.set_version(1);
  *proto.add_peers() = PeerNamed("a", {"a.test"}, {}, 'A');
  proto.mutable_peers(0)->mutable_pins(1)->set_state(v1::PIN_STATE_UNSPECIFIED);
  const absl::Status status = PinSet::FromProto(proto).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "peers[0].pins[1].state: is missing or unknown; it is one of ACTIVE, BACKUP, RETIRING, REVOKED");
}

TEST(PinSetTest, AFileIsNamedInItsErrors) {
  EXPECT_EQ(PinSet::FromJson("{\"version\": 0}", "pins.json").status().message(),
            "pins.json:1:13: version: is missing or less than 1; number the file's changes from 1");
}

TEST(PinSetTest, TheExampleIsGood) {
  const absl::StatusOr<std::string> text = ReadFile("certs/pins.example.json");
  ASSERT_TRUE(text.ok()) << text.status();
  const auto pin_set = PinSet::FromJson(*text, "pins.example.json");
  ASSERT_TRUE(pin_set.ok()) << pin_set.status();
  EXPECT_EQ((*pin_set)->peers().size(), 2);
}

TEST(PinSetTest, FindsAPeerByHost) {
  const auto set = SetOf({PeerNamed("wide", {"*.a.test"}, {}, 'A'), PeerNamed("exact", {"b.a.test"}, {}, 'C'),
                          PeerNamed("address", {"192.0.2.1", "::1"}, {}, 'E'), PeerNamed("own", {"a.test"}, {}, 'G')});
  EXPECT_EQ(FoundByHost(*set, "b.a.test"), "exact");
  EXPECT_EQ(FoundByHost(*set, "B.A.TEST."), "exact");
  EXPECT_EQ(FoundByHost(*set, "c.a.test"), "wide");
  EXPECT_EQ(FoundByHost(*set, "a.test"), "own");
  EXPECT_EQ(FoundByHost(*set, "c.b.a.test"), "");
  EXPECT_EQ(FoundByHost(*set, "test"), "");
  EXPECT_EQ(FoundByHost(*set, "b.test"), "");
  EXPECT_EQ(FoundByHost(*set, "192.0.2.1"), "address");
  EXPECT_EQ(FoundByHost(*set, "0::1"), "address");
  EXPECT_EQ(FoundByHost(*set, "192.0.2.2"), "");
}

TEST(PinSetTest, FindsThePeersThatACertificateNames) {
  const auto set = SetOf({PeerNamed("a", {"a.test", "*.wide.test"}, {"spiffe://prod/a", "id.a.test"}, 'A'),
                          PeerNamed("b", {"b.test", "exact.wide.test"}, {"spiffe://prod/b"}, 'C')});
  EXPECT_THAT(FoundByNames(*set, {}, {"spiffe://prod/a"}), ElementsAre("a"));
  EXPECT_THAT(FoundByNames(*set, {"ID.A.test"}), ElementsAre("a"));
  EXPECT_THAT(FoundByNames(*set, {"B.test"}), ElementsAre("b"));
  EXPECT_THAT(FoundByNames(*set, {"x.wide.test"}), ElementsAre("a"));
  EXPECT_THAT(FoundByNames(*set, {"exact.wide.test"}), ElementsAre("b"));
  EXPECT_THAT(FoundByNames(*set, {"*.wide.test"}), ElementsAre("a"));
  EXPECT_THAT(FoundByNames(*set, {"a.test", "id.a.test", "x.wide.test"}, {"spiffe://prod/a"}), ElementsAre("a"));
  EXPECT_THAT(FoundByNames(*set, {"a.test"}, {"spiffe://prod/b"}), ElementsAre("b", "a"));
  EXPECT_THAT(FoundByNames(*set, {"other.test", "x.y.wide.test", "wide.test"}, {"spiffe://prod/c"}), IsEmpty());
  // URIs compare as they stand, and are no DNS names.
  EXPECT_THAT(FoundByNames(*set, {"spiffe://prod/a"}, {"spiffe://Prod/a", "a.test"}), IsEmpty());
  EXPECT_THAT(FoundByNames(*set, {}), IsEmpty());
}

TEST(PinSetTest, APinMatchesTheLeafOrAnIssuerByItsKind) {
  const TestCa ca("Pin CA", kNow);
  const x509::Certificate leaf = OrDie(x509::Certificate::FromDer(ca.Issue({"a.test"}).chain.front()));
  const x509::Certificate& issuer = ca.certificate();
  const std::vector<x509::Certificate> path = {leaf, issuer};
  EXPECT_TRUE(Matches({PinKind::kSpki, leaf.spki_digest()}, path));
  EXPECT_TRUE(Matches({PinKind::kCertificate, leaf.digest()}, path));
  EXPECT_TRUE(Matches({PinKind::kIssuerSpki, issuer.spki_digest()}, path));
  EXPECT_FALSE(Matches({PinKind::kSpki, issuer.spki_digest()}, path));
  EXPECT_FALSE(Matches({PinKind::kCertificate, issuer.digest()}, path));
  EXPECT_FALSE(Matches({PinKind::kIssuerSpki, leaf.spki_digest()}, path));
  // The two kinds of hash are never mixed.
  EXPECT_FALSE(Matches({PinKind::kSpki, leaf.digest()}, path));
  EXPECT_FALSE(Matches({PinKind::kCertificate, leaf.spki_digest()}, path));
  EXPECT_FALSE(Matches({PinKind::kIssuerSpki, issuer.digest()}, path));
  EXPECT_FALSE(Matches({PinKind::kIssuerSpki, issuer.spki_digest()}, {leaf}));
}

TEST(PinSetTest, FindsTheRevokedPinOfWhateverPeer) {
  const TestCa ca("Pin CA", kNow);
  const std::vector<x509::Certificate> path = {OrDie(x509::Certificate::FromDer(ca.Issue({"a.test"}).chain.front())),
                                               ca.certificate()};
  v1::Peer a = PeerNamed("a", {"a.test"}, {}, 'A');
  v1::Peer b = PeerNamed("b", {"b.test"}, {}, 'C');
  v1::Pin* const pin = b.add_pins();
  pin->set_state(v1::REVOKED);
  const auto revoked_by = [&path](const std::shared_ptr<const PinSet>& set) {
    const PeerPin* const found = set->FindRevoked(path);
    return found == nullptr ? std::nullopt : std::optional<PinKind>(found->pin.kind);
  };
  EXPECT_EQ(revoked_by(SetOf({a})), std::nullopt);
  pin->set_spki(x509::ToPinText(path[0].spki_digest()));
  EXPECT_EQ(revoked_by(SetOf({a, b})), PinKind::kSpki);
  // A stolen CA key that was listed as the peer's own key.
  pin->set_spki(x509::ToPinText(path[1].spki_digest()));
  EXPECT_EQ(revoked_by(SetOf({a, b})), PinKind::kSpki);
  pin->set_issuer_spki(x509::ToPinText(path[1].spki_digest()));
  EXPECT_EQ(revoked_by(SetOf({a, b})), PinKind::kIssuerSpki);
  for (const v1::PinState state : {v1::ACTIVE, v1::BACKUP, v1::RETIRING}) {
    pin->set_state(state);
    EXPECT_EQ(revoked_by(SetOf({a, b})), std::nullopt);
  }
}

TEST(PinSetTest, AStateThatThisVersionDoesNotKnowIsAnError) {
  v1::PinSet proto;
  proto.set_version(1);
  v1::Peer* peer = proto.add_peers();
  peer->set_name("payments");
  peer->add_hosts("payments.test");
  v1::Pin* pin = peer->add_pins();
  pin->set_spki("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  pin->set_state(static_cast<v1::PinState>(5));
  EXPECT_EQ(PinSet::FromProto(proto).status().message(),
            "peers[0].pins[0].state: is missing or unknown; it is one of ACTIVE, BACKUP, RETIRING, REVOKED");
}

}  // namespace
}  // namespace pinion
