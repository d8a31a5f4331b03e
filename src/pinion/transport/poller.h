// Keeps channels connecting while no call waits on them.
#ifndef PINION_TRANSPORT_POLLER_H_
#define PINION_TRANSPORT_POLLER_H_

#include <grpcpp/channel.h>
#include <sys/types.h>

#include <memory>
#include <thread>

namespace pinion {

// gRPC performs I/O on threads that wait for its results. If all calls of a client fail immediately, because there is
// no connection, no thread waits, and the new connection advances only every 5 s. The poller's thread then waits
// instead. It waits only while this is needed, since it would otherwise also receive other channels' responses and have
// to pass each of them to the waiting thread. Thread-safe.
class Poller {
 public:
  Poller();
  // May run on the poller's own thread, which may drop the last reference to a channel.
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Helps until the channel is connected, idle, or gone; returns immediately.
  void Help(const std::shared_ptr<grpc::Channel>& channel);

 private:
  struct State;

  static void Run(State& state);

  const std::shared_ptr<State> state_;  // shared with the thread
  const pid_t process_;
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_POLLER_H_
