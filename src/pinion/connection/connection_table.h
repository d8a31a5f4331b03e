// The live connections of one channel or server, held to what is in effect.
#ifndef PINION_CONNECTION_CONNECTION_TABLE_H_
#define PINION_CONNECTION_CONNECTION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/event_sink.h"
#include "pinion/transport/debian_1_51/live_socket.h"
#include "pinion/workload_status.h"

namespace pinion {

// A connection is closed at once when its key is REVOKED, when it became a listed peer's without having proved its pin,
// or when it cannot be identified. One that is no longer accepted for another reason is closed when the drain window is
// over. Its owner lets one thread in at a time.
class ConnectionTable {
 public:
  struct Settings {
    Side side = Side::kClient;
    std::shared_ptr<ConnectionVerifier> connection_verifier;
    std::shared_ptr<EventSink> events;  // may be null
    std::function<absl::Time()> clock;
    absl::Duration drain_window;
    // Closes connections at once; returns the ids of those that are over.
    std::function<absl::flat_hash_set<int64_t>(const EndpointsById&)> close;
  };
  struct Outcome {
    // A connection has to be drained that had not before.
    bool drain = false;
    // When to judge again, at the latest, if nothing changes.
    absl::Duration next = absl::InfiniteDuration();
  };

  explicit ConnectionTable(Settings settings) : settings_(std::move(settings)) {}

  // Whether the id stands for a connection here.
  bool Knows(int64_t id) const { return connections_.count(id) > 0; }
  // Also forgets those that are over, when there are many.
  void Add(LiveSocket socket, absl::string_view host);
  // Forgets those that are over. `current` (sorted) are known not to be.
  void Forget(const std::vector<int64_t>& current);
  // This one is over.
  void Drop(int64_t id) { connections_.erase(id); }
  // Closes those that have to end at once, and does nothing else: what there is to report and to drain is left to the
  // next Judge. So a revocation reaches all tables of a process before anything else is done about it.
  void CloseRevoked();
  // All of them.
  Outcome Judge();
  // Those that are new; all when a verdict may have run out.
  Outcome JudgeDue();
  bool is_due() const;
  // Those over and not yet forgotten included.
  size_t size() const { return connections_.size(); }
  void AddTo(std::vector<ConnectionStatus>* statuses) const;

 private:
  struct Connection {
    LiveSocket socket;
    std::shared_ptr<LivePeer> identified;  // null where its certificate cannot be read
    absl::Time since;
    v1::Reason reason = v1::ACCEPTED;
    std::string peer;
    std::string pin;
    bool at_once = false;  // as soon as it can be
    // By the steady clock; InfiniteFuture while it is accepted.
    absl::Time end = absl::InfiniteFuture();
    bool closed = false;  // gRPC will soon have noticed
  };

  static constexpr size_t kFirstForget = 64;

  Outcome Judge(const std::vector<int64_t>& ids);
  // False when it is to be closed now. Notes what there is to report in news_, and to do later in *outcome.
  bool JudgeOne(absl::Time now, Connection* connection, Outcome* outcome);
  // False when one could not be.
  bool Close(const EndpointsById& closing);

  const Settings settings_;
  std::map<int64_t, Connection> connections_;     // by id
  std::vector<int64_t> new_;                      // not judged yet
  std::vector<ConnectionEvent> news_;             // not reported yet
  Outcome left_;                                  // by CloseRevoked
  absl::Time judge_at_ = absl::InfiniteFuture();  // by the steady clock
  size_t forget_at_ = kFirstForget;
};

}  // namespace pinion

#endif  // PINION_CONNECTION_CONNECTION_TABLE_H_
