// Accepts TCP connections for a server, instead of gRPC's own listener.
//
// gRPC 1.51's listener does not survive running out of descriptors (CVE-2023-4785), and caps handshakes in no way.
#ifndef PINION_CONNECTION_ACCEPT_LOOP_H_
#define PINION_CONNECTION_ACCEPT_LOOP_H_

#include <netdb.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/connection/live_socket.h"

namespace pinion {

// One thread, from Start to the end.
class AcceptLoop {
 public:
  struct Settings {
    // "HOST:PORT" or "[V6]:PORT"; a host name listens on each of its addresses that this machine has, "*" on every
    // address, and port 0 takes a free one.
    std::string address;
    // When so many are under way, others wait in the kernel's queue, and whoever has kept us waiting for a second is
    // cut off.
    int max_handshakes = 256;
    // Whoever has not finished his handshake by then is cut off.
    absl::Duration handshake_timeout = absl::Seconds(10);
  };
  // Gets each connection: the listening descriptor, and the connection's own, which it takes over.
  using HandOver = std::function<void(int listener, int connection)>;
  // Called on the loop's thread: after Wake, many times a second while handshakes are under way, and when the time
  // it returned has passed. Tells HandshakeIsOver what it finds.
  using Look = std::function<absl::Duration()>;

  // Binds and listens; connections wait until Start. InvalidArgument or Unavailable with the address and the cause.
  static absl::StatusOr<std::unique_ptr<AcceptLoop>> Open(Settings settings);
  // As End.
  ~AcceptLoop();
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;

  // Once.
  void Start(HandOver hand_over, Look look);
  // From any thread.
  void Wake();
  // Accepts no more, and closes the listening sockets; goes on looking. From any thread, and again.
  void Stop();
  // Neither looks any more. From any thread but the loop's, and again.
  void End();

  // The one that is listened on.
  int port() const { return port_; }
  // The address's other IP addresses, which this machine cannot listen on, each with the cause.
  const std::vector<std::string>& unavailable_addresses() const { return unavailable_addresses_; }

  // Within Look: this connection is established.
  void HandshakeIsOver(const Endpoints& endpoints);

 private:
  struct Handshake {
    // Ours beside gRPC's: it tells when gRPC gives up, and lets us cut off.
    int descriptor = -1;
    absl::Time deadline;
  };

  explicit AcceptLoop(Settings settings) : settings_(std::move(settings)) {}
  absl::Status Listen();
  void Run();
  bool is_full() const { return static_cast<int>(handshakes_.size()) >= settings_.max_handshakes; }
  // How soon to look again while handshakes are under way.
  absl::Duration Tick() const;
  // Until something happens, or `at_most` has passed.
  void Wait(absl::Duration at_most);
  // False when accepting must pause.
  bool AcceptFrom(int listener);
  bool Adopt(int listener, int connection);
  void SetAccepting(bool accepting);
  void CutOffLate(absl::Time now);
  // Those who take the places of others and do nothing with them.
  void CutOffStalled(absl::Time now);
  void CutOff(const std::vector<Endpoints>& connections);
  void Forget(const Endpoints& endpoints);

  const Settings settings_;
  HandOver hand_over_;
  Look look_;
  int port_ = 0;
  std::vector<std::string> unavailable_addresses_;
  int epoll_ = -1;
  int wake_ = -1;     // an eventfd
  std::mutex mutex_;  // held while accepting
  std::vector<int> listeners_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> ended_{false};
  std::atomic<bool> woken_{false};
  // The rest is the loop's thread's.
  bool accepting_ = true;
  absl::Time pause_until_ = absl::InfinitePast();
  absl::Time look_for_handshakes_at_ = absl::InfiniteFuture();
  absl::Time look_for_stalled_at_ = absl::InfinitePast();
  absl::flat_hash_map<Endpoints, Handshake> handshakes_;
  absl::flat_hash_map<int, Endpoints> connections_;  // by descriptor
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_CONNECTION_ACCEPT_LOOP_H_
