// Keeps channels connecting while nobody calls.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_POLLER_H_
#define PINION_TRANSPORT_DEBIAN_1_51_POLLER_H_

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "absl/base/thread_annotations.h"

namespace pinion {

// gRPC does its input and output on the threads that wait for something of it. A client whose calls fail at once,
// because there is no connection, waits for nothing, so that its new connection takes another step only every five
// seconds. One thread waits in its place, and only then: while it did, it would take in other channels' answers, too,
// and hand each on to the thread that waits for it. Safe to use from any thread.
class Poller {
 public:
  // The process's one, as long as somebody has it.
  static std::shared_ptr<Poller> Shared();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Until the channel is connected, idle, or gone; at once where it is.
  void Help(const std::shared_ptr<grpc::Channel>& channel);

 private:
  // A channel that is being helped: the tag of its watch.
  struct Helped {
    grpc::Channel* key;
    std::weak_ptr<grpc::Channel> channel;
  };

  Poller();
  void Run();
  // Waits for the next change of the channel's state; false when there is no need.
  bool Watch(Helped* helped);

  grpc::CompletionQueue queue_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int watches_ ABSL_GUARDED_BY(mutex_) = 0;  // that the queue will tell of
  std::set<grpc::Channel*> helping_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_POLLER_H_
