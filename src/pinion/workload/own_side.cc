#include "pinion/workload/own_side.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/handshake/own_key.h"
#include "pinion/x509/path/own_handshake.h"

namespace pinion {
namespace {

x509::Purpose PurposeOf(Side side) {
  return side == Side::kServer ? x509::Purpose::kServerAuth : x509::Purpose::kClientAuth;
}

absl::StatusOr<PresentedChain> ReceivedByPeers(const Identity& identity, const x509::TrustRoots& peer_roots,
                                               Side side) {
  const char* const suites = std::getenv("GRPC_SSL_CIPHER_SUITES");  // where gRPC reads them
  const x509::OwnTls own = {identity.chain(), identity.private_key(), peer_roots, suites == nullptr ? "" : suites};
  const absl::StatusOr<std::vector<std::string>> received = x509::HandshakeWithSelf(own, PurposeOf(side));
  if (!received.ok()) {
    return absl::FailedPreconditionError(absl::StrCat("identity: ", received.status().message()));
  }
  PresentedChain presented;
  presented.leaf = received->front();
  presented.others.assign(received->begin() + 1, received->end());
  return presented;
}

absl::Status Refused(const Verdict& verdict, absl::string_view as) {
  return absl::FailedPreconditionError(absl::StrCat(
      "identity: peers would refuse our own certificate as ", as, ": ", v1::Reason_Name(verdict.reason), ": ",
      verdict.problem, verdict.presented.empty() ? "" : absl::StrCat("; presented ", verdict.presented),
      verdict.expected.empty() ? "" : absl::StrCat("; expected ", verdict.expected), "; ", verdict.next_step));
}

// Returns the peer of the pin set that this key or these names belong to and that satisfies `has`; null if there is
// none.
template <typename Predicate>
const Peer* FindOwnPeer(const PinSet& pin_set, const x509::Certificate& leaf, Predicate has) {
  std::vector<const Peer*> ours = FindByOwnPin(pin_set, leaf);
  const std::vector<const Peer*> named = pin_set.FindByNames(leaf.names());
  ours.insert(ours.end(), named.begin(), named.end());
  const auto found = std::find_if(ours.begin(), ours.end(), has);
  return found == ours.end() ? nullptr : *found;
}

absl::Status Mismatch(v1::Reason reason, const x509::Certificate& leaf, const Peer& peer, absl::string_view lacks) {
  return absl::FailedPreconditionError(
      absl::StrCat("identity: peers would refuse our own certificate: ", v1::Reason_Name(reason),
                   ": it belongs to peer \"", peer.name, "\", and has ", lacks, "; it has ", leaf.names().ToString(),
                   "; issue a certificate with the peer's names, or correct the pin set"));
}

absl::Status JudgeAsServer(const PeerVerifier& verifier, const OwnSide& own, const PresentedChain& presented,
                           absl::Time now) {
  const x509::Certificate& leaf = own.identity->certificate();
  const std::vector<std::string> hosts = HostsCovered(own.pin_set, leaf.names());
  absl::Status refused;
  for (const std::string& host : hosts) {
    const Verdict verdict = verifier.VerifyLive(presented, PeerRole::kServer, host, now);
    if (verdict.accepted()) return absl::OkStatus();
    if (refused.ok()) refused = Refused(verdict, absl::StrCat("the server \"", host, "\""));
  }
  if (!refused.ok()) return refused;
  const Peer* peer = FindOwnPeer(own.pin_set, leaf, [](const Peer* one) { return !one->hosts.empty(); });
  if (peer != nullptr) return Mismatch(v1::HOST_MISMATCH, leaf, *peer, "none of its hosts");
  // No client with this pin set dials this server, so only the checks of every peer remain.
  if (presented.others.size() <= PresentedChain::kMaxOthers) return absl::OkStatus();
  return Refused(verifier.VerifyLive(presented, PeerRole::kClient, "", now), "a server");
}

absl::Status JudgeAsClient(const PeerVerifier& verifier, const OwnSide& own, const PresentedChain& presented,
                           absl::Time now) {
  const Verdict verdict = verifier.VerifyLive(presented, PeerRole::kClient, "", now);
  if (!verdict.accepted()) return Refused(verdict, "a client's");
  if (!verdict.peer.empty()) return absl::OkStatus();
  const x509::Certificate& leaf = own.identity->certificate();
  const Peer* peer = FindOwnPeer(own.pin_set, leaf, [](const Peer* /*any*/) { return true; });
  return peer == nullptr ? absl::OkStatus()
                         : Mismatch(v1::IDENTITY_MISMATCH, leaf, *peer, "none of its identities and hosts");
}

// Whether the chain leads to the roots of a side.
bool IsAnchored(const RootedIdentity& rooted, size_t side) {
  return rooted.peer_roots[side]->Anchor(rooted.identity.chain());
}

// Whether the renewed chain leads to the roots on each side on which the chain in effect does.
bool KeepsTrust(const RootedIdentity& renewed, const RootedIdentity& in_effect) {
  for (size_t side = 0; side < renewed.peer_roots.size(); ++side) {
    if (IsAnchored(in_effect, side) && !IsAnchored(renewed, side)) return false;
  }
  return true;
}

}  // namespace

const absl::StatusOr<PresentedChain>& PresentedChains::Of(const std::shared_ptr<const Identity>& identity,
                                                          const std::shared_ptr<const x509::TrustRoots>& peer_roots,
                                                          Side side) {
  Last& last = side == Side::kServer ? server_ : client_;
  if (!last.received.ok() || last.identity != identity || last.peer_roots != peer_roots) {
    last = {identity, peer_roots, ReceivedByPeers(*identity, *peer_roots, side)};
  }
  return last.received;
}

absl::Status CheckOwnSide(const OwnSide& own, absl::Time now, PresentedChains* presented, std::string* warning) {
  const x509::Purpose purpose = PurposeOf(own.side);
  const absl::StatusOr<std::vector<x509::Certificate>> path = own.identity->FindPath(*own.peer_roots, purpose, now);
  if (!path.ok()) return path.status();
  if (absl::Status key = CheckOwnKey(own.pin_set, *path, purpose, now, warning); !key.ok()) return key;
  const absl::StatusOr<PresentedChain>& received = presented->Of(own.identity, own.peer_roots, own.side);
  if (!received.ok()) return received.status();
  // Not owned: the verifier does not outlive this call.
  const std::shared_ptr<const PinSet> pin_set(std::shared_ptr<const PinSet>(), &own.pin_set);
  const PeerVerifier verifier(own.identity->AssumedPeerRoots(*own.peer_roots), pin_set, v1::ACCEPT);
  return own.side == Side::kServer ? JudgeAsServer(verifier, own, *received, now)
                                   : JudgeAsClient(verifier, own, *received, now);
}

absl::Status CheckSameTrust(const RootedIdentity& renewed, const RootedIdentity& in_effect) {
  if (KeepsTrust(renewed, in_effect)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("identity: ", v1::Reason_Name(v1::CHAIN_UNTRUSTED),
                   ": it does not lead to a CA among the roots that this process trusts, as the certificate in effect "
                   "does; it is ",
                   renewed.identity.certificate().Description(),
                   "; add that CA to the roots on both sides first, or restart to present it as it is"));
}

const char* LostPurpose(const OwnSide& own, absl::Time now) {
  const bool serves = own.side == Side::kServer;
  const x509::Purpose other = serves ? x509::Purpose::kClientAuth : x509::Purpose::kServerAuth;
  const bool lost = !own.identity->FindPath(*own.peer_roots, PurposeOf(own.side), now).ok() &&
                    own.identity->FindPath(*own.peer_roots, other, now).ok();
  if (!lost) return nullptr;
  return serves ? "LOST_SERVER_AUTH" : "LOST_CLIENT_AUTH";
}

absl::Status HeldBack(const absl::Status& fault, const OwnSide& own, const Identity& in_effect, absl::Time now) {
  const char* const lost = LostPurpose(own, now);
  absl::string_view text = fault.message();
  absl::ConsumePrefix(&text, "identity: ");
  const absl::Duration left = in_effect.certificate().not_after() - now;
  const int64_t days = left / absl::Hours(24);
  return absl::Status(fault.code(), absl::StrCat("identity: ", lost == nullptr ? "" : absl::StrCat(lost, ": "), text,
                                                 left > absl::ZeroDuration()
                                                     ? absl::StrCat("; the certificate in effect stays, and ends in ",
                                                                    days, days == 1 ? " day" : " days")
                                                     : "; the certificate in effect stays, and has ended"));
}

}  // namespace pinion
