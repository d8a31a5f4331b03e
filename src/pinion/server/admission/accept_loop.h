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

// One thread, from Start to the end.
class AcceptLoop {
 public:
  using HandOver = AcceptedConnections::HandOver;
  // Called on the loop's thread: after Wake, many times a second while handshakes are under way, and when the time
  // it returned has passed.
  using Look = std::function<absl::Duration()>;

  // Binds and listens; connections wait until Start. `address` is "HOST:PORT" or "[V6]:PORT"; a host name listens on
  // each of its addresses that this machine has, "*" on every address, and port 0 takes a free one. InvalidArgument or
  // Unavailable with the address and the cause.
  static absl::StatusOr<std::unique_ptr<AcceptLoop>> Open(std::string address,
                                                          std::shared_ptr<AcceptedConnections> connections);
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

 private:
  AcceptLoop(std::string address, std::shared_ptr<AcceptedConnections> connections)
      : address_(std::move(address)), connections_(std::move(connections)) {}
  absl::Status Listen();
  void Run();
  // How soon to look again while handshakes are under way.
  absl::Duration Tick() const;
  // Until something happens, or `at_most` has passed.
  void Wait(absl::Duration at_most);
  // All that wait in the kernel's queue; pauses where there is no room for them.
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
  // The rest is the loop's thread's.
  bool accepting_ = true;
  absl::Time pause_until_ = absl::InfinitePast();
  absl::Time look_for_handshakes_at_ = absl::InfiniteFuture();
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_ACCEPT_LOOP_H_
