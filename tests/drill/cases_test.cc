// Each impostor of a drill has exactly the defect that it claims, as Pinion's own verifier judges its certificate.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/pin/pin_set.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/key.h"
#include "tools/pinion/drill/client_cases.h"
#include "tools/pinion/drill/server_cases.h"

namespace pinion::drill {
namespace {

using pinion::testing::IsRefusedFor;
using pinion::testing::OrDie;

const Pki& ThePki() {
  static const auto* const pki = new Pki(OrDie(Pki::Create()));
  return *pki;
}

std::string PinOf(const x509::PrivateKey& key) { return x509::ToPinText(key.spki_digest()); }

void AddPin(const std::string& spki, v1::PinState state, v1::Peer* peer) {
  if (spki.empty()) return;
  v1::Pin* const pin = peer->add_pins();
  pin->set_spki(spki);
  pin->set_state(state);
}

void AddPins(const KnownPins& pins, v1::Peer* peer) {
  AddPin(pins.active, v1::ACTIVE, peer);
  AddPin(pins.backup, v1::BACKUP, peer);
  AddPin(pins.revoked, v1::REVOKED, peer);
}

Verdict Judge(const Certified& presented, const v1::PinSet& pins, PeerRole role) {
  const x509::TrustRoots roots = OrDie(x509::TrustRoots::FromPem(x509::EncodePem(ThePki().ca.certificate.der())));
  const PeerVerifier verifier(roots, OrDie(PinSet::FromProto(pins)), v1::REFUSE);
  const PresentedChain chain = {presented.chain.front(), {presented.chain.begin() + 1, presented.chain.end()}};
  return verifier.Verify(chain, role, kServerHost, absl::Now());
}

// Judges the server by the pins that the client has at the start of the case or, if they change, at its end.
Verdict JudgeServer(const ClientCase& one) {
  const PinsGiven at_last = one.pins == PinsGiven::kRemovedLater ? PinsGiven::kRemoved : one.pins;
  v1::PinSet pins;
  pins.set_version(1);
  v1::Peer* const server = pins.add_peers();
  server->set_name("server");
  server->add_hosts(kServerHost);
  AddPins(PinsFor(at_last, ThePki()), server);
  return Judge(OrDie(one.present(ThePki())), pins, PeerRole::kServer);
}

TEST(ClientCases, HaveExactlyTheNamedDefect) {
  const std::map<std::string, v1::Reason> reasons = {
      {"other-key", v1::PIN_MISMATCH},         {"junk-certificate", v1::PIN_MISMATCH},
      {"wrong-host", v1::HOST_MISMATCH},       {"untrusted-chain", v1::CHAIN_UNTRUSTED},
      {"wrong-ca", v1::CHAIN_UNTRUSTED},       {"self-signed", v1::CHAIN_UNTRUSTED},
      {"expired", v1::CERTIFICATE_EXPIRED},    {"not-yet-valid", v1::CERTIFICATE_NOT_YET_VALID},
      {"client-only", v1::WRONG_PURPOSE},      {"nul-in-name", v1::MALFORMED_CERTIFICATE},
      {"common-name-only", v1::HOST_MISMATCH}, {"wide-wildcard", v1::HOST_MISMATCH},
      {"revoked-pin", v1::PIN_REVOKED},        {"removed-pin", v1::PIN_MISMATCH},
      {"resumed-session", v1::PIN_MISMATCH},
  };
  size_t judged = 0;
  for (const ClientCase& one : ClientCases()) {
    // The other impostors differ only in their protocol.
    const auto reason = reasons.find(one.name);
    if (reason != reasons.end()) ++judged;
    const bool has_right_protocol = one.protocol == Protocol::kTls;
    EXPECT_EQ(reason == reasons.end(), one.legitimate || !has_right_protocol) << one.name;
    EXPECT_THAT(JudgeServer(one), IsRefusedFor(reason == reasons.end() ? v1::ACCEPTED : reason->second)) << one.name;
  }
  EXPECT_EQ(judged, reasons.size());
}

TEST(ClientCases, HoldThePinnedKeyUnlessTheKeyIsTheDefect) {
  for (const ClientCase& one : ClientCases()) {
    const std::string name = one.name;
    const bool has_other = name == "backup-key" || name == "other-key" || name == "junk-certificate";
    EXPECT_EQ(PinOf(OrDie(one.present(ThePki())).key) == PinOf(ThePki().server), !has_other) << name;
  }
}

Callers TheCallers() {
  const Certified legitimate = OrDie(Issue(&ThePki().ca, ThePki().client, {kClientIdentity}));
  return {legitimate, {kClientIdentity}, ThePki().ca, ThePki().stranger, ThePki().other, ThePki().revoked};
}

Verdict JudgeClient(const ServerCase& one) {
  v1::PinSet pins;
  pins.set_version(1);
  v1::Peer* const client = pins.add_peers();
  client->set_name("client");
  client->add_identities(kClientIdentity);
  AddPins({PinOf(ThePki().client), PinOf(ThePki().client_backup), ""}, client);
  v1::Peer* const former = pins.add_peers();
  former->set_name("former-client");
  former->add_identities(kFormerClientIdentity);
  AddPins({PinOf(ThePki().server), PinOf(ThePki().server_backup), PinOf(ThePki().revoked)}, former);
  return Judge(OrDie(one.present(TheCallers())), pins, PeerRole::kClient);
}

TEST(ServerCases, HaveExactlyTheNamedDefect) {
  const std::map<std::string, v1::Reason> reasons = {
      {"other-ca", v1::CHAIN_UNTRUSTED},    {"self-signed", v1::CHAIN_UNTRUSTED},
      {"expired", v1::CERTIFICATE_EXPIRED}, {"not-yet-valid", v1::CERTIFICATE_NOT_YET_VALID},
      {"server-only", v1::WRONG_PURPOSE},   {"unlisted-identity", v1::IDENTITY_NOT_PINNED},
      {"other-key", v1::PIN_MISMATCH},      {"junk-certificate", v1::PIN_MISMATCH},
      {"revoked-pin", v1::PIN_REVOKED},
  };
  size_t judged = 0;
  for (const ServerCase& one : ServerCases()) {
    if (one.present == nullptr) continue;  // has no certificate
    const auto reason = reasons.find(one.name);
    if (reason != reasons.end()) ++judged;
    EXPECT_EQ(reason == reasons.end(), one.legitimate || one.protocol != Protocol::kTls) << one.name;
    EXPECT_THAT(JudgeClient(one), IsRefusedFor(reason == reasons.end() ? v1::ACCEPTED : reason->second)) << one.name;
  }
  EXPECT_EQ(judged, reasons.size());
}

TEST(ServerCases, NameWhatIsMissingToMakeThem) {
  Callers callers = TheCallers();
  callers.ca.reset();
  callers.revoked.reset();
  const std::map<std::string, std::string> missing = {
      {"expired", "needs the key of a CA that the server trusts"},
      {"other-key", "needs the key of a CA that the server trusts"},
      {"junk-certificate", "needs the key of a CA that the server trusts"},
      {"revoked-pin", "needs a server that was given {pins}"},
  };
  for (const ServerCase& one : ServerCases()) {
    if (missing.count(one.name) == 0) continue;
    EXPECT_THAT(one.present(callers),
                pinion::testing::StatusIs(absl::StatusCode::kFailedPrecondition, missing.at(one.name)))
        << one.name;
  }
}

}  // namespace
}  // namespace pinion::drill
