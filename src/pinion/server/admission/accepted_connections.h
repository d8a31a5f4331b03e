// The connections that a server's accept loop has accepted, from accept to end.
#ifndef PINION_SERVER_ADMISSION_ACCEPTED_CONNECTIONS_H_
#define PINION_SERVER_ADMISSION_ACCEPTED_CONNECTIONS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/server/admission/handshake_places.h"
#include "pinion/server/admission/refused_connection.h"
#include "pinion/transport/debian_1_51/live_socket.h"
#include "pinion/x509/path/handshake_observer.h"

namespace pinion {

// Holds a descriptor of its own for each connection, beside gRPC's, so that it learns of the end of each and can close
// it by itself. A connection first waits until its whole ClientHello has arrived, then for a place (HandshakePlaces),
// and is handed to gRPC only then; when gRPC lists it, it is established.
//
// Any thread may call the functions that do not say otherwise.
class AcceptedConnections : public std::enable_shared_from_this<AcceptedConnections> {
 public:
  struct Limits {
    int max_handshakes = 256;
    absl::Duration handshake_timeout = absl::Seconds(10);
    int max_connections = 10'000;  // with gRPC
  };
  // Gets the listening descriptor, and one of the connection, which it takes over.
  using HandOver = std::function<void(int listener, int connection)>;

  // Owned by std::shared_ptr.
  explicit AcceptedConnections(Limits limits);
  // Connections that are with gRPC stay there.
  ~AcceptedConnections();
  AcceptedConnections(const AcceptedConnections&) = delete;
  AcceptedConnections& operator=(const AcceptedConnections&) = delete;

  // The loop waits for this; negative where it could not be made. It reports connections under their descriptors.
  int epoll() const { return epoll_; }

  // These are for the loop's thread.
  // Whether there is room for another connection; makes it, where one has waited long for nothing.
  bool MakeRoom(absl::Time now);
  // Takes over the descriptor.
  void Add(int listener, int connection, absl::Time now);
  // False where the descriptor is none of a connection.
  bool OnEvents(int descriptor, uint32_t events);
  // Hands over the connections that may begin their handshakes. False when gRPC takes no connections any more.
  bool BeginHandshakes(const HandOver& hand_over, absl::Time now);
  void CloseLate(absl::Time now);
  // While others wait for a place, closes handshakes that have waited for their peer for a second.
  void CloseStalled(absl::Time now);
  // Those that wait for their handshake.
  void CloseWaiting();
  // Whether any is not established, or was refused and has not been taken.
  bool needs_look() const;
  // Whether any only lacks a place for its handshake.
  bool lacks_places() const;

  // The verifier judged this leaf, as gRPC writes it, in one of the handshakes. The address of its peer; where several
  // peers present the same leaf at once, that of one of them, and each of them once. Empty where it is none of these.
  std::string OnVerdict(absl::string_view leaf_pem);
  // gRPC lists a connection between these ends under this id. The id that it had before, 0 where it had none; negative
  // where it is none of these connections.
  int64_t Establish(const Endpoints& endpoints, int64_t socket_id, absl::Time now);
  // Closes the connection that is established under this id, at once and both ways. False where there is none.
  bool Close(const Endpoints& endpoints, int64_t socket_id);
  // How many connections there can be with gRPC, by the limit and by the process's descriptors: two for each.
  int capacity() const;
  // Waits until there is no connection left. False when `at_most` is over before that.
  bool WaitUntilEmpty(absl::Duration at_most) const;

  // Since the last time: ids of established connections that are over, and what was refused.
  std::vector<int64_t> TakeEnded();
  std::vector<RefusedConnection> TakeRefused();

 private:
  struct Connection {
    enum class Stage { kArriving, kReady, kHandshake, kEstablished };
    Stage stage = Stage::kArriving;
    int64_t number = 0;  // ascending
    int listener = -1;
    Endpoints endpoints;
    std::string source;
    absl::Time accepted;
    absl::Time begun;          // of the handshake
    size_t awaited_bytes = 1;  // while arriving
    bool offers_http2 = true;  // as far as is known
    bool peer_left = false;    // before gRPC closed it
    std::string leaf_pem;      // from the end of OpenSSL's part of the handshake until it is judged
    bool judged = false;       // by the verifier, which has reported it
    bool tls_ended = false;    // OpenSSL has nothing more to say of its handshake
    std::optional<x509::TlsFailure> failure;
    int64_t socket_id = 0;
  };
  using Stage = Connection::Stage;
  using Why = RefusedConnection::Why;

  class Observer;

  // Of what OpenSSL does to the connection with this number.
  std::shared_ptr<x509::HandshakeObserver> MakeObserver(int descriptor, int64_t number);
  void OnTlsDone(int descriptor, int64_t number, const std::string& leaf_pem);
  void OnTlsFailure(int descriptor, int64_t number, x509::TlsFailure failure);
  void OnTlsEnd(int descriptor, int64_t number);
  // A handshake whose connection lives or is in ended_handshakes_; null where it is neither.
  Connection* FindHandshake(int descriptor, int64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnArrival(int descriptor, Connection* connection, uint32_t events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnHandshakeEnd(const Connection& connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReportHandshake(const Connection& connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Report(RefusedConnection refused) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next one that may begin its handshake, or a negative number: of known sources first, then the newest.
  int NextReady(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HandOverOne(int descriptor, const HandOver& hand_over, absl::Time now);
  void Refuse(int descriptor, Why why, std::string detail = "") ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetStage(Connection* connection, Stage stage) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts a connection in its stage, or no longer.
  void Count(const Connection& connection, int by) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(int descriptor) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t CountOf(Stage stage) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return counts_[static_cast<size_t>(stage)];
  }
  size_t waiting() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return CountOf(Stage::kArriving) + CountOf(Stage::kReady);
  }

  const Limits limits_;
  const int epoll_;
  mutable Mutex mutex_;
  mutable CondVar emptied_;
  absl::flat_hash_map<int, Connection> connections_ ABSL_GUARDED_BY(mutex_);  // by descriptor
  absl::flat_hash_set<int> unestablished_ ABSL_GUARDED_BY(mutex_);
  // By number: over, while gRPC still works on what the peer sent last, which may be an alert or its certificate.
  absl::flat_hash_map<int64_t, Connection> ended_handshakes_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Endpoints, int> descriptors_ ABSL_GUARDED_BY(mutex_);
  size_t counts_[4] ABSL_GUARDED_BY(mutex_) = {};                             // by stage
  absl::flat_hash_map<std::string, int> waiting_by_ ABSL_GUARDED_BY(mutex_);  // by source
  HandshakePlaces places_ ABSL_GUARDED_BY(mutex_);
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time look_for_stalled_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::vector<RefusedConnection> refused_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> ended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_ACCEPTED_CONNECTIONS_H_
