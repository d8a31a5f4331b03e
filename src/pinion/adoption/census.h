// What the processes on the other sides of this process's connections answered about its next identity.
#ifndef PINION_ADOPTION_CENSUS_H_
#define PINION_ADOPTION_CENSUS_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/v1/adoption.pb.h"
#include "pinion/workload_status.h"

namespace pinion {

// Whose processes: a peer of the pin set or, if it is not listed, the name in its certificate.
struct PeerKey {
  Side side = Side::kServer;  // of this process
  std::string name;
  bool is_listed = false;

  bool operator<(const PeerKey& other) const {
    return std::tie(side, name, is_listed) < std::tie(other.side, other.name, other.is_listed);
  }
};

// Of the processes of a peer, a new one replaces the one that left first, so that a restart does not leave a process
// behind that will never answer. Not thread-safe.
class Census {
 public:
  static constexpr size_t kMostProcesses = 100'000;
  static constexpr size_t kMostUnlistedProcesses = 1'024;  // of all peers that are not listed
  // A process that appears at most this long before another one of its peer leaves replaces it, too.
  static constexpr absl::Duration kOverlap = absl::Minutes(10);

  // `window` is how long a process that has left counts.
  explicit Census(absl::Duration window) : window_(window) {}

  // A stream of this process has begun. Returns false if there is no room for another process.
  bool Joined(const PeerKey& peer, const std::string& process, absl::Time now);
  // The stream has ended.
  void Left(const PeerKey& peer, const std::string& process, absl::Time now);
  // A process that has joined has made this statement.
  void Heard(const PeerKey& peer, const v1::Statement& statement, absl::Time now);

  // The number of streams of a peer's processes; of all that are not listed, if the name is empty.
  int64_t Streams(const PeerKey& peer) const;

  // What is known about a candidate, by its digest. `silent` is the number of connections of each peer without a
  // process.
  std::vector<PeerAdoption> About(const std::string& candidate, const std::map<PeerKey, int64_t>& silent,
                                  absl::Time now) const;

 private:
  struct Process {
    absl::Time first_seen;
    absl::Time last_seen;
    int streams = 0;
    bool replaces = false;  // another one
    int64_t pin_set_version = 0;
    // Its last answer; the candidate is empty if there is none.
    std::string candidate;
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    absl::Time accepted_until = absl::InfiniteFuture();
  };
  using Processes = absl::flat_hash_map<std::string, Process>;  // by id

  // Forgets the processes whose window has passed.
  void Sweep(absl::Time now);
  void Forget(const PeerKey& peer, Processes* processes, Processes::iterator process);

  const absl::Duration window_;
  std::map<PeerKey, Processes> peers_;
  size_t processes_ = 0;
  size_t unlisted_processes_ = 0;
  absl::Time swept_ = absl::InfinitePast();
};

}  // namespace pinion

#endif  // PINION_ADOPTION_CENSUS_H_
