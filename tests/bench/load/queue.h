// The completion queue of the asynchronous loads.
#ifndef PINION_TESTS_BENCH_LOAD_QUEUE_H_
#define PINION_TESTS_BENCH_LOAD_QUEUE_H_

#include <grpcpp/completion_queue.h>

#include <chrono>

#include "tests/bench/load/round.h"

namespace pinion::bench {

// A completion queue on which each operation must succeed within ten seconds. For one thread.
class Queue {
 public:
  ~Queue() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  grpc::CompletionQueue* get() { return &queue_; }

  // The tag of the next completed operation. Ends the process when there is none.
  template <typename Tag>
  Tag* Next() {
    void* tag = nullptr;
    bool ok = false;
    const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(10);
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) Fail("no call completed for 10 s");
    if (!ok) Fail("a call was aborted");
    return static_cast<Tag*>(tag);
  }

 private:
  grpc::CompletionQueue queue_;
};

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_QUEUE_H_
