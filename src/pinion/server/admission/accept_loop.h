// Accepts TCP connections for a server, instead of gRPC's own listener.
//
// gRPC 1.51's listener does not survive running out of descriptors (CVE-2023-4785), and does not bound handshakes.
#ifndef PINION_SERVER_ADMISSION_ACCEPT_LOOP_H_
#define PINION_SERVER_ADMISSION_ACCEPT_LOOP_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/server/admission/accepted_connections.h"

namespace pinion {

// Runs one thread, from Start to End.
class AcceptLoop {
 public:
  using HandOver = AcceptedConnections::HandOver;
  // Called on the loop's thread: after Wake, many times a second while handshakes are in progress, and after the
  // duration that it returned.
  using Look = std::function<absl::Duration()>;

  // Binds and listens; connections wait until Start. `address` is "HOST:PORT" or "[V6]:PORT". A host name means each of
  // its addresses that this machine has, "*" means every address, and port 0 chooses a free port. Returns
  // InvalidArgument or Unavailable with the address and the cause.
  static absl::StatusOr<std::unique_ptr<AcceptLoop>> Open(std::string address,
                                                          std::shared_ptr<AcceptedConnections> connections);
  // Calls End.
  ~AcceptLoop();
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;

  // Must be called at most once.
  void Start(HandOver hand_over, Look look);
  // May be called from any thread.
  void Wake();
  // Stops accepting and closes the listening sockets; the loop still calls `look`. May be called from any thread and
  // more than once.
  void Stop();
  // Stops the loop completely. May be called from any thread but the loop's, and more than once.
  void End();

  // The listening port.
  int port() const { return port_; }
  // The address's other IP addresses, which this machine cannot listen on, each with the cause.
  const std::vector<std::string>& unavailable_addresses() const { return unavailable_addresses_; }

 private:
  AcceptLoop(std::string address, std::shared_ptr<AcceptedConnections> connections)
      : address_(std::move(address)), connections_(std::move(connections)) {}
  absl::Status Listen();
  void Run();
  // The interval of checks while handshakes are in progress.
  absl::Duration Tick() const;
  // Waits until an event occurs or `at_most` has passed.
  void Wait(absl::Duration at_most);
  // Accepts all connections in the kernel's queue; pauses if there is no room for them.
  void AcceptFrom(int listener);
  void SetAccepting(bool accepting);

  const std::string address_;
  const std::shared_ptr<AcceptedConnections> connections_;
  HandOver hand_over_;
  Look look_;
  int port_ = 0;
  std::vector<std::string> unavailable_addresses_;
  int wake_ = -1;  // an eventfd
  Mutex mutex_;    // held while accepting
  std::vector<int> listeners_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> stopped_{false};
  std::atomic<bool> ended_{false};
  std::atomic<bool> woken_{false};
  // The members below are used only by the loop's thread.
  bool accepting_ = true;
  absl::Time pause_until_ = absl::InfinitePast();
  absl::Time look_for_handshakes_at_ = absl::InfiniteFuture();
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_ACCEPT_LOOP_H_
