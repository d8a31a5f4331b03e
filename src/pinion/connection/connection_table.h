// The live connections of a workload, checked against the configuration in effect.
#ifndef PINION_CONNECTION_CONNECTION_TABLE_H_
#define PINION_CONNECTION_CONNECTION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/event_sink.h"
#include "pinion/transport/live_socket.h"
#include "pinion/workload_metrics.h"
#include "pinion/workload_status.h"

namespace pinion {

class OwnedConnections;

// One table for each workload, in which each channel and each listener owns its connections. A connection is closed
// immediately if its key is REVOKED, if it belongs to a newly listed peer and has not proven that peer's pin, or if it
// cannot be identified. A connection that is no longer accepted for another reason is closed at the end of the drain
// window. Thread-safe.
class ConnectionTable : public std::enable_shared_from_this<ConnectionTable> {
 public:
  struct Settings {
    std::shared_ptr<EventSink> events;  // may be null
    std::function<absl::Time()> clock;
    absl::Duration drain_window;
  };
  // A channel or a listener. Its functions are called without the lock that the other functions of the table need.
  struct Owner {
    Side side = Side::kClient;
    std::shared_ptr<ConnectionVerifier> connection_verifier;
    // Closes connections immediately; returns the ids of those that are closed.
    std::function<absl::flat_hash_set<int64_t>(const EndpointsById&)> close;
    // Whether the connection with this id is still open.
    std::function<bool(int64_t id)> is_live;
  };

  explicit ConnectionTable(Settings settings) : settings_(std::move(settings)) {}

  // The table must be owned by a std::shared_ptr. The owner's connections are removed when the result is destroyed,
  // which waits for a walk that closes connections.
  std::unique_ptr<OwnedConnections> Add(Owner owner);

  // Closes the connections of every owner that must be closed immediately, in one walk. Reports and drains are left for
  // later, so that a revocation takes effect everywhere first.
  // Returns the number of those that it closed.
  size_t CloseRevoked();

  // Sends the events of what has been judged. Must be called without locks, since a sink may be slow.
  void Report();

  // An open connection.
  struct Connected {
    Side side = Side::kClient;
    std::string peer;     // its name in the pin set; empty if it is not listed
    std::string address;  // the peer's
  };
  // The open connections. Cheaper than AddTo.
  std::vector<Connected> ListConnected() const;

  // Their numbers, by side and peer.
  std::vector<ConnectionCount> CountConnected() const;

  // Adds the open connections.
  void AddTo(std::vector<ConnectionStatus>* statuses) const;

 private:
  friend class OwnedConnections;

  struct Connection {
    LiveSocket socket;
    std::shared_ptr<LivePeer> identified;  // null if its certificate cannot be parsed
    absl::Time since;
    v1::Reason reason = v1::ACCEPTED;
    std::string peer;
    std::string pin;
    v1::PinState pin_state = v1::PIN_STATE_UNSPECIFIED;
    bool at_once = false;  // must be closed immediately
    // When to close it, by the steady clock; InfiniteFuture while it is accepted.
    absl::Time end = absl::InfiniteFuture();
    bool closed = false;  // gRPC may still list it
  };

  // What an owner has to do after its connections were judged.
  struct Outcome {
    // Whether a connection newly has to be drained.
    bool drain = false;
    // The time until the next Judge that is needed if nothing changes.
    absl::Duration next = absl::InfiniteDuration();
  };

  static constexpr size_t kFirstForget = 64;

  // Whether its peer is known: a connection is judged soon after it is added.
  static bool IsJudged(const Connection& connection) {
    return connection.identified == nullptr || !connection.pin.empty();
  }

  // The connections of one owner. The table's mutex guards all members but the first.
  struct Section {
    explicit Section(Owner the_owner) : owner(std::move(the_owner)) {}

    const Owner owner;
    std::map<int64_t, Connection> connections;     // by id
    std::vector<int64_t> unjudged;                 // ids of new connections
    Outcome left;                                  // set by CloseRevoked
    absl::Time judge_at = absl::InfiniteFuture();  // by the steady clock
    size_t forget_at = kFirstForget;
  };

  using News = std::vector<ConnectionEvent>;

  // Judges the connections with these ids. Returns those that must be closed now, and adds to *news and *outcome.
  EndpointsById Judge(const std::vector<int64_t>& ids, Section* section, Outcome* outcome, News* news) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns false if the connection must be closed now.
  bool JudgeOne(absl::Time now, const Owner& owner, Connection* connection, Outcome* outcome, News* news) const;
  // Closes connections, and then adds the news of them. Returns false if a connection could not be closed.
  bool Close(const EndpointsById& closing, News news, Section* section) ABSL_LOCKS_EXCLUDED(mutex_);
  // Forgets the connections that are no longer live, except for those in `current` (sorted).
  void Forget(const std::vector<int64_t>& current, Section* section) ABSL_LOCKS_EXCLUDED(mutex_);

  const Settings settings_;
  mutable Mutex walking_;  // held during a walk, and before mutex_
  mutable Mutex mutex_;
  std::list<std::shared_ptr<Section>> sections_ ABSL_GUARDED_BY(mutex_);
  News news_ ABSL_GUARDED_BY(mutex_);  // not reported yet
};

// The connections of one channel or listener in the table of its workload. Thread-safe.
class OwnedConnections {
 public:
  using Outcome = ConnectionTable::Outcome;

  ~OwnedConnections();
  OwnedConnections(const OwnedConnections&) = delete;
  OwnedConnections& operator=(const OwnedConnections&) = delete;

  // Whether there is a connection with this id.
  bool Knows(int64_t id) const;
  // Also forgets closed connections if there are many.
  void Add(LiveSocket socket, absl::string_view host);
  // Forgets closed connections. Those in `current` (sorted) are known to be live.
  void Forget(const std::vector<int64_t>& current);
  // Removes a connection that is closed.
  void Drop(int64_t id);
  // Judges all connections. ConnectionTable::Report sends the events.
  Outcome Judge();
  // Judges new connections, or all if a verdict may have expired.
  Outcome JudgeDue();
  bool is_due() const;
  // Includes connections that are closed and not yet forgotten.
  size_t size() const;

 private:
  friend class ConnectionTable;
  OwnedConnections(std::shared_ptr<ConnectionTable> table, std::shared_ptr<ConnectionTable::Section> section)
      : table_(std::move(table)), section_(std::move(section)) {}
  Outcome Judge(bool all);

  const std::shared_ptr<ConnectionTable> table_;
  const std::shared_ptr<ConnectionTable::Section> section_;
};

}  // namespace pinion

#endif  // PINION_CONNECTION_CONNECTION_TABLE_H_
