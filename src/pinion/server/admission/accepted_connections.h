// The connections that a server's accept loop has accepted, from accept until they are closed.
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
#include "pinion/transport/live_socket.h"
#include "pinion/x509/path/handshake_observer.h"

namespace pinion {

// A connection first waits until its complete ClientHello has arrived, then for a place (HandshakePlaces), and is then
// handed to gRPC. It is established when the verifier has accepted its peer. Until then, this class holds a descriptor
// of its own, in addition to gRPC's, so that it is notified when the connection ends and can close it. An established
// connection has gRPC's descriptor alone, and ends when gRPC destroys its TLS object.
//
// Thread-safe, except where noted.
class AcceptedConnections : public std::enable_shared_from_this<AcceptedConnections> {
 public:
  struct Limits {
    int max_handshakes = 256;
    absl::Duration handshake_timeout = absl::Seconds(10);
    int max_connections = 10'000;  // with gRPC
  };
  // Receives the listening descriptor and a descriptor of the connection, and takes ownership of the latter.
  using HandOver = std::function<void(int listener, int connection)>;

  // Must be owned by a std::shared_ptr.
  explicit AcceptedConnections(Limits limits);
  // Connections that were handed to gRPC stay open.
  ~AcceptedConnections();
  AcceptedConnections(const AcceptedConnections&) = delete;
  AcceptedConnections& operator=(const AcceptedConnections&) = delete;

  // The epoll descriptor that the loop waits on; negative if it could not be created. It reports connections by their
  // numbers, which are greater than any descriptor.
  int epoll() const { return epoll_; }

  // The functions from here to lacks_places must be called on the loop's thread.

  // Returns whether there is room for another connection; if necessary, closes one that has waited too long.
  bool MakeRoom(absl::Time now);
  // Takes over the descriptor.
  void Add(int listener, int connection, absl::Time now);
  // Returns false if `key` is not the number of a connection, open or closed.
  bool OnEvents(uint64_t key, uint32_t events);
  // Hands over the connections that may begin their handshakes. Returns false if gRPC does not take connections any
  // more.
  bool BeginHandshakes(const HandOver& hand_over, absl::Time now);
  void CloseLate(absl::Time now);
  // If others wait for a place, closes handshakes that have been waiting for their peer for 1 s.
  void CloseStalled(absl::Time now);
  // Closes the connections that wait for their handshake.
  void CloseWaiting();
  // Whether any connection is not established, or was refused and not taken by TakeRefused.
  bool needs_look() const;
  // Whether a connection waits only for a place for its handshake.
  bool lacks_places() const;

  // Records that the verifier judged this leaf, in gRPC's encoding, in one of the handshakes. If it accepted the leaf,
  // all connections that have finished OpenSSL's part of the handshake with it are established: the verdicts of the
  // others follow, and gRPC closes a connection that is refused. Returns the peer's address. If several peers present
  // the same leaf at once, each call returns the address of another one of them. Empty if no handshake matches.
  std::string OnVerdict(absl::string_view leaf_pem, bool accepted);
  // Whether the connection with this number is established and not closed.
  bool IsEstablished(int64_t number) const;
  // Closes the established connection with this number, immediately and in both directions. Returns false if there is
  // none.
  bool Close(int64_t number);
  // The maximum number of established connections, by the limit and by the process's descriptors.
  int capacity() const;
  // Waits until no connection is left. Returns false if this takes longer than `at_most`.
  bool WaitUntilEmpty(absl::Duration at_most) const;

  // Returns what happened since the last call: numbers of established connections that ended; connections that were
  // established and have not ended, whose ids are their numbers; and refused connections.
  std::vector<int64_t> TakeEnded();
  std::vector<LiveSocket> TakeEstablished();
  std::vector<RefusedConnection> TakeRefused();

 private:
  struct Connection {
    // kRepeated: ready, but another connection has sent the same ClientHello and is not over yet.
    // kClosing: shut down, and not yet destroyed by gRPC, which waits for running calls.
    enum class Stage { kArriving, kRepeated, kReady, kHandshake, kEstablished, kClosing };
    Stage stage = Stage::kArriving;
    int64_t number = 0;   // ascending
    int descriptor = -1;  // ours; -1 if the connection is established
    int grpcs = -1;       // gRPC's descriptor, from the handshake on
    int listener = -1;
    Endpoints endpoints;
    std::string source;
    absl::Time accepted;
    absl::Time begun;          // start of the handshake
    size_t awaited_bytes = 1;  // while the ClientHello arrives
    bool offers_http2 = true;  // until the ClientHello shows otherwise
    bool peer_left = false;    // before gRPC closed the connection
    std::string client_random;
    std::shared_ptr<x509::HandshakeObserver> observer;  // from the handshake on
    std::string leaf_pem;                               // from the end of OpenSSL's part of the handshake on
    bool judged = false;                                // a verdict on its leaf was reported with its address
    bool tls_ended = false;                             // OpenSSL has destroyed its object of this handshake
    std::optional<x509::TlsFailure> failure;
  };
  using Stage = Connection::Stage;
  using Why = RefusedConnection::Why;
  static constexpr int64_t kFirstNumber = int64_t{1} << 32;

  class Observer;

  // Observes OpenSSL's handshake of the connection with this number.
  std::shared_ptr<x509::HandshakeObserver> MakeObserver(int64_t number);
  void OnTlsDone(int64_t number, const std::string& leaf_pem);
  void OnTlsFailure(int64_t number, x509::TlsFailure failure);
  void OnTlsEnd(int64_t number);
  void OnRepeatedHello(int64_t number);
  void Establish(Connection* connection, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Finds a handshake of a live connection or in ended_handshakes_; null if there is none.
  Connection* FindHandshake(int64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnArrival(Connection* connection, uint32_t events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnHandshakeEnd(const Connection& connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReportHandshake(const Connection& connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Report(RefusedConnection refused) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next connection that may begin its handshake: known sources first, then the newest. Negative if there is none.
  int64_t NextReady(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HandOverOne(int64_t number, const HandOver& hand_over, absl::Time now);
  // Makes the connections ready again whose ClientHello was in use at the last attempt.
  void RetryRepeated() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives the connection a place with gRPC and sets `grpcs`; returns false if it must wait for another connection with
  // its ClientHello, or if there is no place and it is refused.
  bool TakePlace(Connection* connection, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refuse(int64_t number, Why why, std::string detail = "") ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetStage(Connection* connection, Stage stage) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Adds `by` to the count of the connection's stage.
  void Count(const Connection& connection, int by) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes our descriptor of the connection, if there is one.
  void Release(Connection* connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(int64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t CountOf(Stage stage) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return counts_[static_cast<size_t>(stage)];
  }
  size_t waiting() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return CountOf(Stage::kArriving) + CountOf(Stage::kRepeated) + CountOf(Stage::kReady);
  }

  const Limits limits_;
  const int epoll_;
  mutable Mutex mutex_;
  mutable CondVar emptied_;
  // By number. A pointer to a connection is valid until another one is added or forgotten.
  absl::flat_hash_map<int64_t, Connection> connections_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<int64_t> unestablished_ ABSL_GUARDED_BY(mutex_);
  // Live connections of which OpenSSL has finished its part of the handshake, until they are established and judged.
  absl::flat_hash_set<int64_t> finished_ ABSL_GUARDED_BY(mutex_);
  // By number: handshakes of closed connections for which gRPC still processes the peer's last data, such as an alert
  // or its certificate.
  absl::flat_hash_map<int64_t, Connection> ended_handshakes_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Endpoints, int64_t> numbers_ ABSL_GUARDED_BY(mutex_);
  size_t counts_[6] ABSL_GUARDED_BY(mutex_) = {};                             // by stage
  absl::flat_hash_map<std::string, int> waiting_by_ ABSL_GUARDED_BY(mutex_);  // by source
  HandshakePlaces places_ ABSL_GUARDED_BY(mutex_);
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = kFirstNumber;
  absl::Time look_for_stalled_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::vector<RefusedConnection> refused_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> ended_ ABSL_GUARDED_BY(mutex_);
  std::vector<LiveSocket> established_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_ACCEPTED_CONNECTIONS_H_
