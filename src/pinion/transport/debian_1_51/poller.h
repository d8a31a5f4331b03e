// Keeps channels connecting while nobody calls.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_POLLER_H_
#define PINION_TRANSPORT_DEBIAN_1_51_POLLER_H_

#include <grpcpp/channel.h>
#include <sys/types.h>

#include <memory>
#include <thread>

namespace pinion {

// gRPC does its input and output on the threads that wait for something of it. A client whose calls fail at once,
// because there is no connection, waits for nothing, so that its new connection takes another step only every five
// seconds. One thread waits in its place, and only then: while it did, it would take in other channels' answers, too,
// and hand each on to the thread that waits for it. Safe to use from any thread.
class Poller {
 public:
  Poller();
  // Also on the poller's own thread, where the last reference to a channel may be dropped.
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Until the channel is connected, idle, or gone; at once where it is.
  void Help(const std::shared_ptr<grpc::Channel>& channel);

 private:
  struct State;

  static void Run(State& state);

  const std::shared_ptr<State> state_;  // shared with the thread
  const pid_t process_;
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_POLLER_H_
