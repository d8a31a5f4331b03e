// What the processes on the other sides of a process's connections answered about its next identity.
#ifndef PINION_ADOPTION_CENSUS_H_
#define PINION_ADOPTION_CENSUS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/v1/adoption.pb.h"
#include "pinion/v1/census.pb.h"
#include "pinion/workload_status.h"

namespace pinion {

// Whose processes: a peer of the pin set or, if it is not listed, the name in its certificate.
struct PeerKey {
  Side side = Side::kServer;  // of this process
  std::string name;           // empty: all that are not listed
  bool is_listed = false;

  bool operator<(const PeerKey& other) const {
    return std::tie(side, name, is_listed) < std::tie(other.side, other.name, other.is_listed);
  }
};

// A process that appears takes the place of the one of its peer that left first, so that a restart does not leave a
// process behind that never answers. Not thread-safe.
class Census {
 public:
  static constexpr size_t kMostProcesses = 100'000;
  static constexpr size_t kMostUnlistedProcesses = 1'024;  // of all peers that are not listed
  // A process that appears at most this long before another one of its peer leaves takes its place, too.
  static constexpr absl::Duration kOverlap = absl::Minutes(10);

  // `window` is how long a process that has left counts.
  explicit Census(absl::Duration window) : window_(window) {}

  // A stream of this process has begun. Returns false if there is no room for another process.
  bool Joined(const PeerKey& peer, const std::string& process, absl::Time now);
  // The stream has ended.
  void Left(const PeerKey& peer, const std::string& process, absl::Time now);
  // A process that has joined has made this statement.
  void Heard(const PeerKey& peer, const v1::Statement& statement, absl::Time now);
  // The number of live connections of each peer.
  void Counted(const std::map<PeerKey, int64_t>& connections, absl::Time now);

  // What is known about a candidate, by its digest in hexadecimal.
  std::vector<PeerAdoption> About(const std::string& candidate, absl::Time now) const;

  void WriteTo(v1::CensusFile* file) const;
  // Adds what a file says. A process that the census knows already keeps the later of both; one that was connected when
  // the file was written has left since, unless `is_live`.
  void Add(const v1::CensusFile& file, bool is_live);

 private:
  struct Process {
    absl::Time first_seen;
    absl::Time last_seen;
    int64_t streams = 0;
    bool replaces = false;  // another one
    int64_t pin_set_version = 0;
    // Its last answer, about the candidate with this digest; empty if there is none.
    std::string candidate;
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    absl::Time accepted_until = absl::InfiniteFuture();
  };
  struct Peer {
    absl::flat_hash_map<std::string, Process> processes;  // by id
    // Connections without a stream: those that are open, and those that are gone and were not replaced.
    int64_t silent = 0;
    int64_t silent_gone = 0;
    absl::Time silent_seen = absl::InfinitePast();
    int64_t joined = 0;  // streams since Counted
  };

  bool HasLeft(const Process& process, absl::Time now) const {
    return process.streams == 0 && now - process.last_seen >= window_;
  }
  int64_t StreamsOf(const PeerKey& peer) const;
  // Forgets the processes whose window has passed.
  void Sweep(absl::Time now);
  void Forget(const PeerKey& key, Peer* peer, const std::string& process);

  const absl::Duration window_;
  std::map<PeerKey, Peer> peers_;
  size_t processes_ = 0;
  size_t unlisted_processes_ = 0;
  absl::Time swept_ = absl::InfinitePast();
};

}  // namespace pinion

#endif  // PINION_ADOPTION_CENSUS_H_
