#include "tools/pinion/rehearsal/rehearsal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/printable.h"
#include "pinion/json/timestamp.h"

namespace pinion::cli {
namespace {

// A verdict changes at the ends of certificates and pins; a peer has few of them.
constexpr int kMostSteps = 64;

PeerRole RoleOf(v1::ConnectionSide side) { return side == v1::SERVES ? PeerRole::kClient : PeerRole::kServer; }

PresentedChain PresentedOf(const v1::RecordedHandshake& handshake) {
  PresentedChain presented;
  // ParseRecordedHandshake has decoded it.
  std::vector<std::string> chain = x509::DecodePem(handshake.chain()).value_or(std::vector<std::string>{""});
  presented.leaf = std::move(chain.front());
  presented.others.assign(std::make_move_iterator(chain.begin() + 1), std::make_move_iterator(chain.end()));
  return presented;
}

// How a person would call the holder of a certificate that the pin set does not list.
std::string NameIn(const x509::Certificate& leaf) {
  const x509::SubjectAltNames& names = leaf.names();
  if (!names.uris.empty()) return Printable(names.uris.front());
  if (!names.dns.empty()) return Printable(names.dns.front());
  return Printable(leaf.subject());
}

absl::StatusOr<x509::TrustRoots> RootsFor(v1::ConnectionSide side, const Proposal& proposal, const Recording& recording,
                                          const std::string& folder) {
  const std::optional<x509::TrustRoots>& given = side == v1::SERVES ? proposal.client_roots : proposal.server_roots;
  if (given.has_value()) return *given;
  const char* const name = side == v1::SERVES ? "client_roots.pem" : "server_roots.pem";
  absl::StatusOr<x509::TrustRoots> roots =
      x509::TrustRoots::FromPem(side == v1::SERVES ? recording.client_roots : recording.server_roots);
  if (roots.ok()) return roots;
  return absl::InvalidArgumentError(absl::StrCat(Printable(folder), "/", name, ": ", roots.status().message(),
                                                 "; copy it with the recorded ", "handshakes, or give --",
                                                 side == v1::SERVES ? "client" : "server", "-roots"));
}

}  // namespace

const char* ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNewlyRefused:
      return "NEWLY_REFUSED";
    case Outcome::kNewlyAccepted:
      return "NEWLY_ACCEPTED";
    case Outcome::kRefusedLater:
      return "REFUSED_LATER";
  }
  return "";
}

absl::Status Rehearsal::Add(const Recording& recording, const std::string& folder) {
  // By side and by how unlisted clients are treated.
  std::map<std::pair<v1::ConnectionSide, v1::UnlistedClients>, std::unique_ptr<const PeerVerifier>> verifiers;
  for (const v1::RecordedHandshake& handshake : recording.handshakes) {
    std::unique_ptr<const PeerVerifier>& verifier = verifiers[{handshake.side(), handshake.unlisted_clients()}];
    if (verifier == nullptr) {
      absl::StatusOr<x509::TrustRoots> roots = RootsFor(handshake.side(), proposal_, recording, folder);
      if (!roots.ok()) return roots.status();
      verifier =
          std::make_unique<const PeerVerifier>(*std::move(roots), proposal_.pin_set, handshake.unlisted_clients());
    }
    const absl::Time last_seen = json::ToTime(handshake.last_seen());
    if (last_seen < proposal_.seen_since) {
      ++left_out_;
      continue;
    }
    // The end of a pin set is not about the peer.
    const bool was_accepted = handshake.reason() == v1::ACCEPTED || handshake.reason() == v1::PIN_SET_EXPIRED;
    const bool has_other_roots =
        (handshake.side() == v1::SERVES ? proposal_.client_roots : proposal_.server_roots).has_value();
    Judge({*verifier, PresentedOf(handshake), handshake.side(), handshake.host(), was_accepted, has_other_roots,
           handshake.peer(), "", last_seen});
  }
  return absl::OkStatus();
}

absl::Status Rehearsal::AddLive(const std::string& target, const std::string& host, const PresentedChain& presented) {
  if (!proposal_.server_roots.has_value()) {
    return absl::InvalidArgumentError("--live: give --server-roots, the CAs that issue the certificates of servers");
  }
  const PeerVerifier verifier(*proposal_.server_roots, proposal_.pin_set, v1::REFUSE);
  const std::string at = absl::StrCat("the server at ", Printable(target), ": ");
  Judge({verifier, presented, v1::CALLS, host, /*was_accepted=*/true, /*has_other_roots=*/true, "", at, absl::Now()});
  return absl::OkStatus();
}

Verdict Rehearsal::VerdictAt(const Case& one, absl::Time time) const {
  Verdict verdict = one.verifier.Verify(one.presented, RoleOf(one.side), one.host, time);
  // A peer that was accepted has passed gRPC's check with these roots.
  const bool has_passed = one.was_accepted && !one.has_other_roots;
  if (!verdict.accepted() || !verdict.grpc_finds_no_path || has_passed) return verdict;
  verdict.reason = v1::CHAIN_UNTRUSTED;
  verdict.problem = "gRPC's own check comes first, takes the first issuer that fits, and finds no path to the roots";
  verdict.next_step = "have the peer send the certificates of one path alone, or keep the root of its first issuer";
  return verdict;
}

Decision Rehearsal::DecideByPolicy(const Case& one, const Verdict& verdict) const {
  if (proposal_.policy == nullptr || one.side != v1::SERVES) return {true, DecisionReason::kAllowRule, ""};
  const x509::SubjectAltNames& names = verdict.leaf->names();
  CallToAuthorize caller;
  caller.uri_sans.assign(names.uris.begin(), names.uris.end());
  caller.dns_sans.assign(names.dns.begin(), names.dns.end());
  caller.subject = verdict.leaf->subject();
  CallerPeers peers;
  for (const Peer* peer : proposal_.pin_set->FindByNames(names)) peers.names.emplace_back(peer->name);
  peers.are_proven = verdict.matched.has_value();
  caller.peers = [&peers] { return peers; };
  return proposal_.policy->DecideBestCall(caller);
}

void Rehearsal::Note(Outcome outcome, const Case& one, const std::string& peer, const std::string& reason,
                     absl::Time from, const std::string& text) {
  PeerChange& change = changes_[{outcome, one.side, peer, one.host, reason, from}];
  change.last_seen = std::max(change.last_seen, one.last_seen);
  if (change.count++ > 0) return;
  change.outcome = outcome;
  change.side = one.side;
  change.peer = peer;
  change.host = one.host;
  change.reason = reason;
  change.from = from;
  change.text = absl::StrCat(one.at, text);
}

void Rehearsal::Judge(const Case& one) {
  absl::Time at = proposal_.time;
  std::string peer = one.peer;
  if (const absl::StatusOr<x509::Certificate> leaf = x509::Certificate::FromDer(one.presented.leaf); leaf.ok()) {
    // Its successor has the same names and, as far as can be known, the same key.
    at = std::max(leaf->not_before(), std::min(at, leaf->not_after() - absl::Seconds(1)));
    if (peer.empty()) peer = NameIn(*leaf);
  }
  const Verdict verdict = VerdictAt(one, at);
  if (one.peer.empty() && !verdict.peer.empty()) peer = verdict.peer;
  ++judged_;
  expired_ += at == proposal_.time ? 0 : 1;
  seen_.insert({one.side, peer});
  if (!verdict.accepted()) {
    if (one.was_accepted) {
      Note(Outcome::kNewlyRefused, one, peer, v1::Reason_Name(verdict.reason), proposal_.time, verdict.ToString());
    }
    return;
  }
  if (const Decision decision = DecideByPolicy(one, verdict); one.was_accepted && !decision.allowed) {
    const bool is_denied = decision.reason == DecisionReason::kDenyRule;
    return Note(Outcome::kNewlyRefused, one, peer, std::string(ToString(decision.reason)), proposal_.time,
                is_denied ? absl::StrCat("the policy's deny rule \"", Printable(decision.rule),
                                         "\" matches every call that it could be allowed; narrow that rule")
                          : "no rule of the policy allows it to call anything; add it to the principals of a rule");
  }
  if (!one.was_accepted) Note(Outcome::kNewlyAccepted, one, peer, "", proposal_.time, "ACCEPTED");
  LookAhead(one, peer, verdict, at);
}

void Rehearsal::LookAhead(const Case& one, const std::string& peer, const Verdict& verdict, absl::Time at) {
  // A pin set that ends refuses new connections only, so a verdict may hold longer.
  const auto next_after = [this](absl::Time time, absl::Time holds_until) {
    const absl::Time end = proposal_.pin_set->expires();
    return time < end ? std::min(holds_until, end) : holds_until;
  };
  absl::Time next = next_after(at, verdict.holds_until);
  for (int steps = 0; steps < kMostSteps && next < verdict.leaf->not_after(); ++steps) {
    const Verdict then = VerdictAt(one, next);
    if (!then.accepted()) {
      return Note(Outcome::kRefusedLater, one, peer, v1::Reason_Name(then.reason), next, then.ToString());
    }
    next = next_after(next, then.holds_until);
  }
}

void Rehearsal::Expect(const v1::CensusFile& census) {
  for (const v1::CensusFile::Peer& peer : census.peers()) {
    const int64_t processes = peer.processes_size() + peer.silent() + peer.silent_gone();
    if (processes > 0) expected_[{peer.side(), Printable(peer.name())}] += processes;
  }
}

std::vector<Rehearsal::Unrehearsed> Rehearsal::Unseen() const {
  std::vector<Unrehearsed> unseen;
  for (const auto& [whose, processes] : expected_) {
    if (seen_.count(whose) == 0) unseen.push_back({whose.first, whose.second, processes});
  }
  return unseen;
}

std::vector<PeerChange> Rehearsal::Changes() const {
  std::vector<PeerChange> changes;
  changes.reserve(changes_.size());
  for (const auto& [key, change] : changes_) changes.push_back(change);
  return changes;
}

int64_t Rehearsal::CountOf(Outcome outcome) const {
  int64_t count = 0;
  for (const auto& [key, change] : changes_) count += change.outcome == outcome ? change.count : 0;
  return count;
}

}  // namespace pinion::cli
