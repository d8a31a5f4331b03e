#include "tests/handshake/sound_handshake.h"

#include "absl/strings/str_cat.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"

namespace pinion {
namespace {

using testing::OrDie;
using testing::TestCa;

void AddPeer(v1::PinSet* pins, const std::string& name, const std::string& active_pin, char backup) {
  v1::Peer* const peer = pins->add_peers();
  peer->set_name(name);
  peer->add_hosts(name + ".test");
  peer->add_identities("spiffe://prod/" + name);
  v1::Pin* pin = peer->add_pins();
  pin->set_spki(active_pin);
  pin->set_state(v1::ACTIVE);
  pin = peer->add_pins();
  pin->set_spki(StrangePin(backup));
  pin->set_state(v1::BACKUP);
}

}  // namespace

absl::Time HandshakeTime() { return absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone()); }

const TestCa& TrustedRoot() {
  static const auto* const ca = new TestCa("Root", HandshakeTime());
  return *ca;
}

const TestCa& TrustedIntermediate() {
  static const auto* const ca = new TestCa(TrustedRoot().Intermediate("Intermediate"));
  return *ca;
}

const TestCa& OtherRoot() {
  static const auto* const ca = new TestCa("Other Root", HandshakeTime());
  return *ca;
}

SoundHandshake::SoundHandshake(PeerRole its_role)
    : role(its_role), key(OrDie(x509::PrivateKey::GenerateEc("P-256"))), roots_pem(TrustedRoot().RootPem()) {
  Present(TrustedIntermediate(), {"payments.test", "spiffe://prod/payments"});
  pins.set_version(7);
  AddPeer(&pins, "payments", x509::ToPinText(key.spki_digest()), 'P');
  AddPeer(&pins, "ledger", StrangePin('L'), 'M');
  AddPeer(&pins, "audit", StrangePin('A'), 'B');
}

Verdict SoundHandshake::Judge(std::shared_ptr<const VerifiedPath>* path) const {
  const PeerVerifier verifier(OrDie(x509::TrustRoots::FromPem(roots_pem)), OrDie(PinSet::FromProto(pins)),
                              unlisted_clients);
  return verifier.Verify(presented, role, role == PeerRole::kServer ? host : "", now, path);
}

void SoundHandshake::Present(const TestCa& ca, const std::vector<std::string>& names, const TestCa::Edit& edit) {
  std::vector<std::string> chain = ca.Issue(names, key, edit).chain;
  presented.leaf = chain.front();
  chain.erase(chain.begin());
  presented.others = chain;
}

v1::Pin& SoundHandshake::AddPin(v1::PinState state) {
  v1::Pin* const pin = peer().add_pins();
  pin->set_state(state);
  return *pin;
}

x509::Certificate SoundHandshake::Leaf() const { return OrDie(x509::Certificate::FromDer(presented.leaf)); }

std::string SoundHandshake::LeafPin() const { return x509::ToPinText(Leaf().digest()); }

std::string StrangePin(char letter) { return absl::StrCat("sha256/", std::string(42, letter), "A="); }

std::string IssuerPin(const TestCa& ca) { return x509::ToPinText(ca.certificate().spki_digest()); }

void SetTime(google::protobuf::Timestamp* field, absl::Time time) { field->set_seconds(absl::ToUnixSeconds(time)); }

}  // namespace pinion
