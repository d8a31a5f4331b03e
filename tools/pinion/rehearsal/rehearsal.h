// What other pins, roots or rules would decide about peers that have connected.
#ifndef PINION_TOOLS_PINION_REHEARSAL_REHEARSAL_H_
#define PINION_TOOLS_PINION_REHEARSAL_REHEARSAL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/authorization/policy.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/recording/recorded_handshakes.h"
#include "pinion/v1/census.pb.h"

namespace pinion::cli {

// What is about to be put into effect, and when.
struct Proposal {
  std::shared_ptr<const PinSet> pin_set;
  // If empty, those of the recording.
  std::optional<x509::TrustRoots> server_roots;
  std::optional<x509::TrustRoots> client_roots;
  // Null if the rules stay as they are.
  std::shared_ptr<const AuthorizationPolicy> policy;
  absl::Time time;
  // Handshakes that were last seen before this are left out.
  absl::Time seen_since = absl::InfinitePast();
};

enum class Outcome { kNewlyRefused, kNewlyAccepted, kRefusedLater };
const char* ToString(Outcome outcome);

// Recorded peers that differ in nothing that is shown.
struct PeerChange {
  Outcome outcome = Outcome::kNewlyRefused;
  v1::ConnectionSide side = v1::CONNECTION_SIDE_UNSPECIFIED;  // that recorded them
  // Its name in the pin set, or a name in its certificate.
  std::string peer;
  std::string host;    // that was dialled
  std::string reason;  // a reason code, NO_RULE or DENY_RULE; empty if kNewlyAccepted
  absl::Time from;     // if kRefusedLater: when it begins
  int64_t count = 0;
  absl::Time last_seen = absl::InfinitePast();  // the latest of them
  std::string text;                             // of the first of them
};

// Judges what has been recorded with the code that judges live connections.
class Rehearsal {
 public:
  explicit Rehearsal(Proposal proposal) : proposal_(std::move(proposal)) {}

  // InvalidArgument if there are no roots to judge with. `folder` is for the error.
  absl::Status Add(const Recording& recording, const std::string& folder);
  // A server that presents this chain now; it counts as accepted so far. InvalidArgument without server_roots.
  absl::Status AddLive(const std::string& target, const std::string& host, const PresentedChain& presented);
  // A census names the processes that should have been recorded.
  void Expect(const v1::CensusFile& census);

  // In the order of Outcome, then of side and peer.
  std::vector<PeerChange> Changes() const;
  int64_t CountOf(Outcome outcome) const;
  // Handshakes that were judged; those of them whose certificate is not valid at that time, which were judged for the
  // nearest time when it is; and those that were left out.
  int64_t judged() const { return judged_; }
  int64_t expired() const { return expired_; }
  int64_t left_out() const { return left_out_; }
  // Peers of the censuses without any handshake that was judged, and the number of their processes.
  struct Unrehearsed {
    v1::ConnectionSide side = v1::CONNECTION_SIDE_UNSPECIFIED;
    std::string peer;
    int64_t processes = 0;
  };
  std::vector<Unrehearsed> Unseen() const;

 private:
  // One handshake; `was_accepted` is what was decided about it.
  struct Case {
    const PeerVerifier& verifier;
    PresentedChain presented;
    v1::ConnectionSide side;
    std::string host;
    bool was_accepted = true;
    bool has_other_roots = true;  // than those that it was verified with
    std::string peer;
    std::string at;  // begins the text
    absl::Time last_seen;
  };
  using Key = std::tuple<Outcome, v1::ConnectionSide, std::string, std::string, std::string, absl::Time>;

  void Judge(const Case& one);
  Verdict VerdictAt(const Case& one, absl::Time time) const;
  // Allowed if the policy allows the peer anything, and if there is no policy.
  Decision DecideByPolicy(const Case& one, const Verdict& verdict) const;
  // Looks for a time from which the verdict of `at` no longer holds, before the certificate ends.
  void LookAhead(const Case& one, const std::string& peer, const Verdict& verdict, absl::Time at);
  void Note(Outcome outcome, const Case& one, const std::string& peer, const std::string& reason, absl::Time from,
            const std::string& text);

  const Proposal proposal_;
  std::map<Key, PeerChange> changes_;
  int64_t judged_ = 0;
  int64_t expired_ = 0;
  int64_t left_out_ = 0;
  std::set<std::pair<v1::ConnectionSide, std::string>> seen_;
  std::map<std::pair<v1::ConnectionSide, std::string>, int64_t> expected_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_REHEARSAL_REHEARSAL_H_
