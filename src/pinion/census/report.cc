#include "pinion/census/report.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/json/timestamp.h"

namespace pinion {
namespace {

constexpr size_t kMostNamed = 8;

std::string ToString(const PeerAdoption& peer) {
  std::string text = absl::StrCat(peer.peer.empty() ? "" : Printable(peer.peer), peer.is_listed ? "" : " (unlisted)",
                                  " x", peer.count);
  if (peer.state == AdoptionState::kSilent) return absl::StrCat(text, " has not answered");
  if (peer.state == AdoptionState::kMissing) return text;
  if (peer.reason != v1::REASON_UNSPECIFIED) absl::StrAppend(&text, " ", v1::Reason_Name(peer.reason));
  if (peer.state == AdoptionState::kGone) absl::StrAppend(&text, " has left");
  if (peer.pin_set_version > 0) absl::StrAppend(&text, " with pin set ", peer.pin_set_version);
  return text;
}

v1::AdoptionAnswer AnswerOf(AdoptionState state) {
  switch (state) {
    case AdoptionState::kAccepting:
      return v1::ACCEPTING;
    case AdoptionState::kBehind:
      return v1::BEHIND;
    case AdoptionState::kSilent:
      return v1::SILENT;
    case AdoptionState::kGone:
      return v1::GONE;
    case AdoptionState::kNeverSeen:
      return v1::NEVER_SEEN;
    case AdoptionState::kMissing:
      return v1::MISSING;
    case AdoptionState::kAttested:
      return v1::ATTESTED;
  }
  return v1::ADOPTION_ANSWER_UNSPECIFIED;
}

v1::GateState StateOf(AdoptionGate gate) {
  switch (gate) {
    case AdoptionGate::kManual:
      return v1::NOT_AUTOMATIC;
    case AdoptionGate::kHeld:
      return v1::HELD;
    case AdoptionGate::kSettling:
      return v1::SETTLING;
    case AdoptionGate::kSwitched:
      return v1::SWITCHED;
  }
  return v1::GATE_STATE_UNSPECIFIED;
}

}  // namespace

bool Blocks(const PeerAdoption& peer) {
  return !peer.is_excluded && (peer.state == AdoptionState::kBehind || peer.state == AdoptionState::kSilent ||
                               peer.state == AdoptionState::kGone);
}

int64_t CountBlocking(const std::vector<PeerAdoption>& peers) {
  int64_t blocking = 0;
  for (const PeerAdoption& peer : peers) blocking += Blocks(peer) ? peer.count : 0;
  return blocking;
}

PeerAdoption NeverSeen(const std::string& peer) {
  PeerAdoption unseen;
  unseen.peer = peer;
  unseen.is_listed = true;
  return unseen;
}

v1::ConnectionSide ToProto(Side side) { return side == Side::kServer ? v1::SERVES : v1::CALLS; }

std::string ToString(const std::vector<PeerAdoption>& peers) {
  std::vector<std::string> named;
  for (const PeerAdoption& peer : peers) {
    if (named.size() == kMostNamed) {
      named.push_back(absl::StrCat(peers.size() - kMostNamed, " more"));
      break;
    }
    named.push_back(ToString(peer));
  }
  return absl::StrJoin(named, "; ");
}

std::vector<PeerAdoption> Blocking(const std::vector<PeerAdoption>& peers) {
  std::vector<PeerAdoption> blocking;
  std::copy_if(peers.begin(), peers.end(), std::back_inserter(blocking), Blocks);
  return blocking;
}

std::string ToString(const AdoptionStatus& status) {
  int64_t all = 0;
  for (const PeerAdoption& peer : status.peers) all += peer.count;
  const std::string key = Printable(status.candidate);
  if (status.gate == AdoptionGate::kSwitched) {
    return absl::StrCat(
        "the key ", key, " is in use since ", FormatRfc3339(status.switched_at),
        all == 0 ? "" : absl::StrCat("; accepted it before and have not come back: ", ToString(status.peers)));
  }
  if (status.blocking > 0) {
    return absl::StrCat("the next key ", key, " must wait: ", status.blocking, " of ", all,
                        " processes would refuse it or have not said: ", ToString(Blocking(status.peers)));
  }
  if (!status.held.empty()) return absl::StrCat("the next key ", key, " must wait: ", status.held);
  std::vector<PeerAdoption> excluded;
  for (PeerAdoption peer : status.peers) {
    if (!std::exchange(peer.is_excluded, false) || !Blocks(peer)) continue;
    all -= peer.count;
    excluded.push_back(std::move(peer));
  }
  return absl::StrCat(
      "the next key ", key, " would be accepted by all ", all, " known processes",
      excluded.empty() ? "" : absl::StrCat(", apart from those that are excluded: ", ToString(excluded)));
}

v1::AdoptionReport ReportOf(const AdoptionStatus& status) {
  v1::AdoptionReport report;
  report.set_candidate(status.candidate);
  *report.mutable_offered() = json::ToTimestamp(status.offered_at);
  if (status.accepted_at < absl::InfiniteFuture()) *report.mutable_accepted() = json::ToTimestamp(status.accepted_at);
  report.set_blocking(static_cast<int>(status.blocking));
  report.set_gate(StateOf(status.gate));
  if (status.switched_at < absl::InfiniteFuture()) *report.mutable_switched() = json::ToTimestamp(status.switched_at);
  report.set_held(status.held);
  for (const PeerAdoption& peer : status.peers) {
    v1::AdoptionReport::Identity* const added = report.add_identities();
    added->set_side(ToProto(peer.side));
    added->set_name(Printable(peer.peer));
    added->set_listed(peer.is_listed);
    added->set_state(AnswerOf(peer.state));
    added->set_count(static_cast<int>(peer.count));
    added->set_excluded(peer.is_excluded);
    added->set_reason(peer.reason);
    added->set_pin_set_version(peer.pin_set_version);
    if (peer.last_seen > absl::InfinitePast()) *added->mutable_last_seen() = json::ToTimestamp(peer.last_seen);
  }
  return report;
}

}  // namespace pinion
