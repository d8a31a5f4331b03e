#include "tests/fuzz/handshake_recipe.h"

#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"
#include "tests/handshake/sound_handshake.h"

namespace pinion::fuzz {
namespace {

using testing::OrDie;
using testing::TestCa;

// The keys of "payments", by the state of their pins, then those of others.
enum Key { kActive, kBackup, kRetiring, kRevoked, kLedger, kStranger, kWeak, kKeys };

const x509::PrivateKey& KeyOf(size_t which) {
  static const auto* const keys = [] {
    auto* made = new std::vector<x509::PrivateKey>;
    for (int i = 0; i < kWeak; ++i) made->push_back(OrDie(x509::PrivateKey::GenerateEc("P-256")));
    made->push_back(OrDie(x509::PrivateKey::GenerateRsa(1024)));
    return made;
  }();
  return (*keys)[which];
}

std::string PinOf(size_t key) { return x509::ToPinText(KeyOf(key).spki_digest()); }

// The first is the issuer of sound leafs.
const std::vector<TestCa>& Issuers() {
  static const auto* const all = new std::vector<TestCa>{
      TrustedIntermediate(),
      TrustedRoot(),
      OtherRoot(),
      TrustedRoot().Intermediate("Expired", [](auto& ca) { ca.not_after = HandshakeTime() - absl::Hours(1); }),
      TrustedRoot().Intermediate("No further", [](auto& ca) { ca.path_length = 0; }).Intermediate("Too far"),
      TrustedRoot().Intermediate("Weak", [](auto& ca) { ca.signature_hash = "SHA1"; }),
      TrustedRoot().Intermediate("No CA", [](auto& ca) { ca.is_ca = false; }),
  };
  return *all;
}

const std::vector<std::vector<std::string>>& Names() {
  static const auto* const all =
      new std::vector<std::vector<std::string>>{{"payments.test", "spiffe://prod/payments"},
                                                {"*.payments.test", "192.0.2.7", "spiffe://prod/payments"},
                                                {"ledger.test", "spiffe://prod/ledger"},
                                                {"payments.test", "spiffe://prod/ledger"},
                                                {"payments.test", "spiffe://prod/payments", "spiffe://prod/ledger"},
                                                {"spiffe://prod/payments"},
                                                {"spiffe://prod/unlisted"},
                                                {"PAYMENTS.test", "a.test", "spiffe://prod/payments"},
                                                {"*.test", "spiffe://prod/payments"},
                                                {}};
  return *all;
}

using Damage = void (*)(x509::CertificateRecipe&);
constexpr Damage kDamages[] = {
    [](x509::CertificateRecipe&) {},
    [](x509::CertificateRecipe& leaf) { leaf.server_auth = false; },
    [](x509::CertificateRecipe& leaf) { leaf.client_auth = false; },
    [](x509::CertificateRecipe& leaf) { leaf.not_after = HandshakeTime() + absl::Seconds(2); },
    [](x509::CertificateRecipe& leaf) { leaf.not_before = HandshakeTime() + absl::Seconds(2); },
    [](x509::CertificateRecipe& leaf) { leaf.is_ca = true; },
    [](x509::CertificateRecipe& leaf) { leaf.signature_hash = "SHA1"; },
    [](x509::CertificateRecipe& leaf) {
      leaf.raw_subject_alt_name = x509::RawDnsName(absl::string_view("payments.test\0.a", 16));
    },
    [](x509::CertificateRecipe& leaf) { leaf.raw_subject_alt_name = x509::RawIpAddress("abcde"); },
};

// Made once for each combination of choices.
const std::string& Leaf(size_t key, size_t issuer, size_t names, size_t damage) {
  static auto* const made = new std::map<std::tuple<size_t, size_t, size_t, size_t>, std::string>;
  std::string& leaf = (*made)[{key, issuer, names, damage}];
  if (leaf.empty()) {
    leaf = Issuers()[issuer].Issue(Names()[names], KeyOf(key), kDamages[damage]).chain.front();
  }
  return leaf;
}

// A certificate that a peer may send along. The first is the one that a sound leaf needs.
std::string Other(Choices* choices) {
  const size_t which = choices->Below(Issuers().size() + 3);
  if (which < Issuers().size()) return Issuers()[which].certificate().der();
  if (which == Issuers().size()) return Leaf(kActive, 0, 0, 0);  // a sound leaf beside an unsound one
  if (which == Issuers().size() + 1) return "no certificate";
  // The trusted intermediate's key and name, under an untrusted root.
  static const auto* const crossed = new std::string(OrDie(x509::IssueCertificate(
      x509::CaRecipe("Intermediate", HandshakeTime()), TrustedIntermediate().issuer().key, &OtherRoot().issuer())));
  return *crossed;
}

void AddPin(v1::Peer* peer, const std::string& spki, v1::PinState state) {
  v1::Pin* const pin = peer->add_pins();
  pin->set_spki(spki);
  pin->set_state(state);
}

v1::PinSet UsualPins() {
  v1::PinSet pins;
  pins.set_version(1);
  v1::Peer* peer = pins.add_peers();
  peer->set_name("payments");
  for (const char* host : {"payments.test", "*.payments.test", "192.0.2.7"}) peer->add_hosts(host);
  peer->add_identities("spiffe://prod/payments");
  AddPin(peer, PinOf(kActive), v1::ACTIVE);
  AddPin(peer, PinOf(kBackup), v1::BACKUP);
  AddPin(peer, PinOf(kRetiring), v1::RETIRING);
  AddPin(peer, PinOf(kRevoked), v1::REVOKED);
  peer = pins.add_peers();
  peer->set_name("ledger");
  peer->add_hosts("ledger.test");
  peer->add_identities("spiffe://prod/ledger");
  AddPin(peer, PinOf(kLedger), v1::ACTIVE);
  AddPin(peer, StrangePin('L'), v1::BACKUP);
  return pins;
}

using PinEdit = void (*)(v1::PinSet*);
constexpr PinEdit kPinEdits[] = {
    [](v1::PinSet*) {},
    [](v1::PinSet* pins) {
      SetTime(pins->mutable_peers(0)->mutable_report_only_until(), HandshakeTime() + absl::Hours(1));
    },
    [](v1::PinSet* pins) {
      pins->mutable_peers(0)->mutable_pins(0)->set_issuer_spki(IssuerPin(TrustedIntermediate()));
    },
    [](v1::PinSet* pins) {
      v1::Pin* const pin = pins->mutable_peers(0)->add_pins();
      pin->set_issuer_spki(IssuerPin(TrustedIntermediate()));
      pin->set_state(v1::REVOKED);
    },
    [](v1::PinSet* pins) {
      v1::Pin* const pin = pins->mutable_peers(0)->mutable_pins(0);
      SetTime(pin->mutable_not_before(), HandshakeTime());
      SetTime(pin->mutable_not_after(), HandshakeTime() + absl::Seconds(3));
    },
    [](v1::PinSet* pins) {
      pins->mutable_peers(0)->mutable_pins(0)->set_certificate(
          x509::ToPinText(x509::Sha256(Leaf(kActive, 0, 0, 0)).value()));
    },
    [](v1::PinSet* pins) { pins->mutable_peers(0)->clear_identities(); },
    [](v1::PinSet* pins) { pins->mutable_peers(0)->mutable_pins(3)->set_spki(IssuerPin(TrustedRoot())); },
};

const std::vector<std::vector<std::string>>& Roots() {
  static const auto* const all =
      new std::vector<std::vector<std::string>>{{TrustedRoot().certificate().der()},
                                                {OtherRoot().certificate().der()},
                                                {TrustedIntermediate().certificate().der()},
                                                {OtherRoot().certificate().der(), TrustedRoot().certificate().der()}};
  return *all;
}

const Surroundings& SurroundingsOf(size_t pins, size_t roots, size_t unlisted_clients) {
  static auto* const made = new std::map<std::tuple<size_t, size_t, size_t>, Surroundings>;
  Surroundings& surroundings = (*made)[{pins, roots, unlisted_clients}];
  if (surroundings.verifier == nullptr) {
    surroundings.pins = UsualPins();
    kPinEdits[pins](&surroundings.pins);
    surroundings.roots = Roots()[roots];
    surroundings.unlisted_clients = unlisted_clients == 0 ? v1::REFUSE : v1::ACCEPT;
    std::string pem;
    for (const std::string& root : surroundings.roots) absl::StrAppend(&pem, x509::EncodePem(root));
    surroundings.verifier =
        std::make_shared<PeerVerifier>(OrDie(x509::TrustRoots::FromPem(pem)),
                                       OrDie(PinSet::FromProto(surroundings.pins)), surroundings.unlisted_clients);
  }
  return surroundings;
}

// A dialled host, and the peer that it belongs to.
constexpr std::pair<const char*, int> kHosts[] = {
    {"payments.test", 0}, {"www.payments.test", 0},  {"192.0.2.7", 0}, {"Payments.Test.", 0},
    {"ledger.test", 1},   {"a.b.payments.test", -1}, {"test", -1},     {"", -1}};

// In seconds from the handshake's time, including times around the ends of validity.
constexpr int kTimes[] = {0, 1, 2, 3, -1, -3600, -3601, 3600, 90 * 86400 - 1, 90 * 86400, 4000 * 86400, -40 * 86400};

// A leaf that the input chooses. Its last bytes may be the DER of its names.
std::string ChosenLeaf(Choices* choices) {
  const size_t key = choices->Below(kKeys);
  const size_t issuer = choices->Below(Issuers().size());
  const size_t names = choices->Below(Names().size());
  const size_t damage = choices->Below(std::size(kDamages) + 1);
  if (damage < std::size(kDamages)) return Leaf(key, issuer, names, damage);
  const std::string subject_alt_name = choices->Text(choices->Byte());
  return Issuers()[issuer]
      .Issue(Names()[names], KeyOf(key), [&](auto& leaf) { leaf.raw_subject_alt_name = subject_alt_name; })
      .chain.front();
}

// Changes a byte of one of the certificates.
void Flip(Choices* choices, PresentedChain* presented) {
  const size_t slot = choices->Below(presented->others.size() + 1);
  std::string& der = slot == 0 ? presented->leaf : presented->others[slot - 1];
  const size_t at = choices->Byte() * size_t{256} + choices->Byte();
  const uint8_t change = choices->Byte();
  if (!der.empty()) der[at % der.size()] = static_cast<char>(der[at % der.size()] ^ change);
}

}  // namespace

Handshake MakeHandshake(Choices* choices) {
  Handshake handshake;
  handshake.role = choices->Yes() ? PeerRole::kClient : PeerRole::kServer;
  std::tie(handshake.host, handshake.dialled_peer) = kHosts[choices->Below(std::size(kHosts))];
  handshake.now = HandshakeTime() + absl::Seconds(kTimes[choices->Below(std::size(kTimes))]);
  const size_t pins = choices->Below(std::size(kPinEdits));
  const size_t roots = choices->Below(Roots().size());
  handshake.surroundings = &SurroundingsOf(pins, roots, choices->Below(2));
  handshake.presented.leaf = ChosenLeaf(choices);
  // One, unless the input chooses otherwise; 0 is one.
  for (size_t i = (choices->Below(4) + 1) % 4; i > 0; --i) handshake.presented.others.push_back(Other(choices));
  for (size_t i = choices->Below(3); i > 0; --i) Flip(choices, &handshake.presented);
  if (choices->Byte() == 0xff) handshake.presented.leaf.clear();
  return handshake;
}

}  // namespace pinion::fuzz
