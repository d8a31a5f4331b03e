// The live connections of one channel or server, checked against the configuration in effect.
#ifndef PINION_CONNECTION_CONNECTION_TABLE_H_
#define PINION_CONNECTION_CONNECTION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/event_sink.h"
#include "pinion/transport/live_socket.h"
#include "pinion/workload_status.h"

namespace pinion {

// A connection is closed immediately if its key is REVOKED, if it belongs to a newly listed peer and has not proven
// that peer's pin, or if it cannot be identified. A connection that is no longer accepted for another reason is closed
// at the end of the drain window. Not thread-safe; the owner serializes access.
class ConnectionTable {
 public:
  struct Settings {
    Side side = Side::kClient;
    std::shared_ptr<ConnectionVerifier> connection_verifier;
    std::shared_ptr<EventSink> events;  // may be null
    std::function<absl::Time()> clock;
    absl::Duration drain_window;
    // Closes connections immediately; returns the ids of those that are closed.
    std::function<absl::flat_hash_set<int64_t>(const EndpointsById&)> close;
    // Whether the connection with this id is still open.
    std::function<bool(int64_t id)> is_live;
  };
  struct Outcome {
    // Whether a connection newly has to be drained.
    bool drain = false;
    // The time until the next Judge that is needed if nothing changes.
    absl::Duration next = absl::InfiniteDuration();
  };

  explicit ConnectionTable(Settings settings) : settings_(std::move(settings)) {}

  // Whether the table has a connection with this id.
  bool Knows(int64_t id) const { return connections_.count(id) > 0; }
  // Also forgets closed connections if there are many.
  void Add(LiveSocket socket, absl::string_view host);
  // Forgets closed connections. Those in `current` (sorted) are known to be live.
  void Forget(const std::vector<int64_t>& current);
  // Removes a connection that is closed.
  void Drop(int64_t id) { connections_.erase(id); }
  // Closes the connections that must be closed immediately. Reports and drains are left to the next Judge, so that a
  // revocation takes effect in all tables of a process first.
  void CloseRevoked();
  // Judges all connections.
  Outcome Judge();
  // Judges new connections, or all if a verdict may have expired.
  Outcome JudgeDue();
  bool is_due() const;
  // Includes connections that are closed and not yet forgotten.
  size_t size() const { return connections_.size(); }
  // `calls_in_flight` returns an empty value for a connection that is closed.
  void AddTo(std::vector<ConnectionStatus>* statuses,
             const std::function<std::optional<int64_t>(const LiveSocket&)>& calls_in_flight) const;

 private:
  struct Connection {
    LiveSocket socket;
    std::shared_ptr<LivePeer> identified;  // null if its certificate cannot be parsed
    absl::Time since;
    v1::Reason reason = v1::ACCEPTED;
    std::string peer;
    std::string pin;
    bool at_once = false;  // must be closed immediately
    // When to close it, by the steady clock; InfiniteFuture while it is accepted.
    absl::Time end = absl::InfiniteFuture();
    bool closed = false;  // gRPC may still list it
  };

  static constexpr size_t kFirstForget = 64;

  Outcome Judge(const std::vector<int64_t>& ids);
  // Returns false if the connection must be closed now. Adds events to news_ and later actions to *outcome.
  bool JudgeOne(absl::Time now, Connection* connection, Outcome* outcome);
  // Returns false if a connection could not be closed.
  bool Close(const EndpointsById& closing);

  const Settings settings_;
  std::map<int64_t, Connection> connections_;     // by id
  std::vector<int64_t> new_;                      // not judged yet
  std::vector<ConnectionEvent> news_;             // not reported yet
  Outcome left_;                                  // set by CloseRevoked
  absl::Time judge_at_ = absl::InfiniteFuture();  // by the steady clock
  size_t forget_at_ = kFirstForget;
};

}  // namespace pinion

#endif  // PINION_CONNECTION_CONNECTION_TABLE_H_
