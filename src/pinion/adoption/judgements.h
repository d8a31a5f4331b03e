// What a snapshot says about the candidates of other processes.
#ifndef PINION_ADOPTION_JUDGEMENTS_H_
#define PINION_ADOPTION_JUDGEMENTS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/handshake/verified_path.h"
#include "pinion/v1/adoption.pb.h"
#include "pinion/workload/snapshot.h"

namespace pinion {

struct Judgement {
  v1::Answer answer;
  absl::Time holds_until;
  std::string leaf_sha256;
  std::string pin;   // of the leaf's key: "sha256/…="; empty if it has none
  std::string text;  // of a refusal
};

// A server offers the same candidate on each connection, so it is judged once. Not thread-safe.
class Judgements {
 public:
  // Of a candidate that is offered by a peer in this role; `host` is the host that was dialled if it is a server. Valid
  // until the next call.
  const Judgement& Of(const std::shared_ptr<const Snapshot>& snapshot, PeerRole peer, const std::string& host,
                      const v1::Candidate& candidate, absl::Time now);

 private:
  static constexpr size_t kMost = 64;

  std::shared_ptr<const Snapshot> snapshot_;  // of those that are known
  absl::flat_hash_map<std::string, Judgement> known_;
  absl::Time judged_ = absl::InfinitePast();  // the last of them; later than now if the clock was set back
};

}  // namespace pinion

#endif  // PINION_ADOPTION_JUDGEMENTS_H_
