// What the processes on the other sides of a process's connections answered about its next identity.
#ifndef PINION_CENSUS_CENSUS_H_
#define PINION_CENSUS_CENSUS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
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
  bool attests = false;  // they speak for others of the peer on their hosts

  bool operator<(const PeerKey& other) const {
    return std::tie(side, name, is_listed, attests) < std::tie(other.side, other.name, other.is_listed, other.attests);
  }
};

// Its form in a census file.
PeerKey KeyOf(const v1::CensusFile::Peer& peer);
void SetKey(const PeerKey& key, v1::CensusFile::Peer* peer);

// A stream of a process.
struct StreamKey {
  PeerKey peer;
  std::string process;       // its random id
  int64_t number = 0;        // of the stream, in this process
  std::string address = {};  // the other side's
};

// A live connection.
struct CountedConnection {
  PeerKey peer;
  std::string address;        // the other side's
  bool has_exchange = false;  // now
};

// A process that appears takes the place of the one of its peer that left last, so that a restart does not leave a
// process behind that never answers. Not thread-safe.
class Census {
 public:
  static constexpr size_t kMostProcesses = 100'000;
  static constexpr size_t kMostProcessesOfPeer = 10'000;   // so that no peer takes the room of the others
  static constexpr size_t kMostUnlistedProcesses = 1'024;  // of all peers that are not listed
  // A process that appears at most this long before another one of its peer leaves takes its place, too.
  static constexpr absl::Duration kOverlap = absl::Minutes(10);
  // That a process has left may be noticed so late.
  static constexpr absl::Duration kNoticed = absl::Seconds(2);
  // A process that left less than this ago may come back, since its channel or the network had no connection for a
  // while.
  static constexpr absl::Duration kSettling = absl::Minutes(1);
  // One that was connected when this process ended is waited for so long before a successor takes its place.
  static constexpr absl::Duration kSettlingAfterRestart = absl::Minutes(10);
  // A connection without an exchange counts as silent from this age on.
  static constexpr absl::Duration kGrace = absl::Seconds(5);

  // `window` is how long a process that has left counts.
  explicit Census(absl::Duration window) : window_(window) {}

  // A stream has begun. Returns false if there is no room for another process.
  bool Joined(const StreamKey& stream, absl::Time now);
  // A stream that has joined has ended.
  void Left(const StreamKey& stream, absl::Time now);
  // A stream that has joined has made this statement.
  void Heard(const StreamKey& stream, const v1::Statement& statement, absl::Time now);
  // All live connections, of unlisted peers without a name, while this candidate is offered. To be called about once a
  // second.
  void Counted(const std::vector<CountedConnection>& connections, const std::string& candidate, absl::Time now);

  // What is known about a candidate, by its digest in hexadecimal.
  struct View {
    std::vector<PeerAdoption> peers;
    // The number of connected processes that would accept it; with `attests`, of the connections that reports speak
    // for.
    std::map<PeerKey, int64_t> accepting;
  };
  // Looks at each process only if something has changed, or may have by the time that has passed.
  const View& Look(const std::string& candidate, absl::Time now);
  // The same peers.
  std::vector<PeerAdoption> About(const std::string& candidate, absl::Time now) const;
  // The number of processes of this peer of which a stream with a higher number has joined.
  int64_t CountJoinedSince(const PeerKey& key, int64_t stream) const;

  void WriteTo(const std::string& candidate, v1::CensusFile* file) const;
  // Adds what a file says. Of two answers of a process, a refusal prevails if both files are live, and the later one
  // otherwise. If the file is not live, what was connected when it was written has left since.
  void Add(const v1::CensusFile& file, bool is_live);

 private:
  // "192.0.2.1:4711" without its port.
  static absl::string_view HostOf(absl::string_view address) { return address.substr(0, address.rfind(':')); }

  // About the candidate with this digest; empty if there is none.
  struct Answer {
    std::string candidate;
    v1::Reason reason = v1::REASON_UNSPECIFIED;
    absl::Time until = absl::InfiniteFuture();  // if it accepts
  };
  struct Process {
    absl::Time first_seen;
    absl::Time last_seen;
    absl::flat_hash_map<int64_t, Answer> streams;  // those that are open, by number
    // The last answers of streams that have ended: the latest, and those that refused. A new stream takes the place of
    // one that refused, as after a reconnect.
    Answer last;
    std::vector<Answer> refusals;
    int64_t newest_stream = 0;
    bool is_settled = false;  // it left, and those that came before have had the chance to take its place
    // If it is known from a file: since when it could have come back, InfiniteFuture before Counted; and whether it was
    // connected when the file was written, so that it may have gone on when this process did not.
    absl::Time away_since = absl::InfinitePast();
    bool was_cut_off = false;
    int64_t pin_set_version = 0;
    std::string host;  // of its last stream

    void Begins(const StreamKey& stream) {
      streams.emplace(stream.number, Answer());
      newest_stream = stream.number;
      host = std::string(HostOf(stream.address));
    }
  };
  // A process has appeared, and has taken no place.
  struct Arrival {
    absl::Time at;
    absl::Time stayed_until = absl::InfiniteFuture();  // if it has left
  };
  // A process whose place was taken.
  struct Forgotten {
    absl::Time first_seen;
    absl::Time at;
    // The id of the one that took it, and when that one appeared; empty if the window of this one has passed.
    std::string by;
    absl::Time arrived = absl::InfinitePast();
  };
  struct Connection {
    absl::Time first_seen;
    bool had_exchange = false;
    bool is_silent = false;
    bool is_spoken_for = false;  // by a process on its host that attests and accepts
  };
  struct Peer {
    absl::flat_hash_map<std::string, Process> processes;       // by id
    absl::flat_hash_map<std::string, Arrival> arrivals;        // by the process's id
    absl::flat_hash_map<std::string, Forgotten> forgotten;     // by id
    absl::flat_hash_map<std::string, Connection> connections;  // by address
    // Connections without an exchange: those that are open, and those that are gone and were not replaced.
    int64_t silent = 0;
    int64_t silent_gone = 0;
    int64_t attested = 0;  // in files: connections for which an accepting process speaks
    absl::Time silent_seen = absl::InfinitePast();
    int64_t newcomers = 0;  // processes since Counted that took no place
  };
  // The last one that Look has made.
  struct LastView {
    View view;
    std::string candidate;
    absl::Time made = absl::InfiniteFuture();
    absl::Time holds_until;
  };
  enum class Says { kNothing, kAccepts, kRefuses };

  // A process counts at most this long after its window has passed.
  static constexpr absl::Duration kViewFor = absl::Seconds(30);
  static constexpr size_t kMostRefusals = 8;
  static constexpr size_t kMostForgotten = 1'024;  // of one peer

  static Says WhatIsSaid(const Answer& answer, const std::string& candidate, absl::Time now);
  // What the process says about the candidate with all of its streams, and why it refuses.
  static Says WhatIsSaid(const Process& process, const std::string& candidate, absl::Time now, v1::Reason* reason);
  bool HasLeft(const Process& process, absl::Time now) const {
    return process.streams.empty() && now - process.last_seen >= window_;
  }
  // What is said now, until `*holds_until` if nothing changes.
  View MakeView(const std::string& candidate, absl::Time now, absl::Time* holds_until) const;
  Process* Find(const StreamKey& stream);
  // For another process.
  bool HasRoom(const PeerKey& key, const Peer& peer) const {
    return processes_ < kMostProcesses && peer.processes.size() < kMostProcessesOfPeer &&
           (key.is_listed || unlisted_processes_ < kMostUnlistedProcesses);
  }
  // Whether a process that appeared then has begun shortly before the other one left or afterwards, and has not left
  // together with it.
  static bool Succeeds(const Arrival& arrival, const Process& process) {
    return arrival.at > std::max(process.first_seen, process.last_seen - kOverlap) &&
           (arrival.at >= process.last_seen - kNoticed || arrival.stayed_until >= process.last_seen + kNoticed);
  }
  // A process that left some seconds ago: its place may have been taken before.
  void Settle(const PeerKey& key, Peer* peer, absl::Time now);
  void Count(const PeerKey& key, const std::vector<const CountedConnection*>& connections, const std::string& candidate,
             absl::Time now, Peer* peer);
  // The processes that attest for this peer; null if there are none.
  const Peer* Attesting(const PeerKey& key) const;
  // The number of silent connections for which an accepting process speaks.
  int64_t CountAttested(const PeerKey& key, const Peer& peer, const std::string& candidate, absl::Time now) const;
  // Forgets the processes whose window has passed.
  void Sweep(absl::Time now);
  // The process, which has arrived, takes the place of the one that left last before that. Returns false if there is
  // none.
  bool TakePlace(const PeerKey& key, Peer* peer, const std::string& process);
  // A process whose place was taken is there again. The one that took it came for another that had left, as far as is
  // known now, or for none yet.
  void GiveBack(const PeerKey& key, Peer* peer, const Forgotten& was);
  // The departed process `id` has a successor, which has arrived.
  void Replace(const PeerKey& key, Peer* peer, const std::string& id, const std::string& successor, absl::Time now);
  void Forget(const PeerKey& key, Peer* peer, const std::string& process, Forgotten was);
  void AddProcess(const v1::CensusFile& file, const v1::CensusFile::Process& one, bool is_live, const PeerKey& key,
                  Peer* peer);

  const absl::Duration window_;
  std::map<PeerKey, Peer> peers_;
  int64_t file_streams_ = 0;  // the numbers of streams from files are negative
  size_t processes_ = 0;
  size_t unlisted_processes_ = 0;
  absl::Time swept_ = absl::InfinitePast();
  absl::Time running_since_ = absl::InfiniteFuture();
  LastView last_view_;
  bool has_changed_ = true;  // since it was made
};

}  // namespace pinion

#endif  // PINION_CENSUS_CENSUS_H_
