#include "tests/bench/load/unary_load.h"

#include <optional>

#include "absl/time/clock.h"
#include "pinion/v1/echo.grpc.pb.h"
#include "tests/bench/load/queue.h"

namespace pinion::bench {
namespace {

// One call at a time.
class Caller {
 public:
  Caller(v1::Echo::Stub* stub, grpc::CompletionQueue* queue) : stub_(stub), queue_(queue) {
    request_.set_message("hello");
  }

  void Call() {
    context_.emplace();
    begun_ = absl::Now();
    call_ = stub_->AsyncUnaryEcho(&*context_, request_, queue_);
    call_->Finish(&response_, &status_, this);
  }
  // The time since the call began. Ends the process when the call failed.
  absl::Duration End() {
    if (!status_.ok()) Fail("a call failed: " + status_.error_message());
    if (response_.message() != request_.message()) Fail("a call returned another message");
    return absl::Now() - begun_;
  }

 private:
  v1::Echo::Stub* const stub_;
  grpc::CompletionQueue* const queue_;
  std::optional<grpc::ClientContext> context_;
  v1::EchoRequest request_;
  v1::EchoResponse response_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::EchoResponse>> call_;
  absl::Time begun_;
};

}  // namespace

Round RunUnary(const std::shared_ptr<grpc::ChannelInterface>& channel, int in_flight, absl::Duration length) {
  const auto stub = v1::Echo::NewStub(channel);
  std::vector<std::unique_ptr<Caller>> callers;
  Queue queue;
  Round round;
  const absl::Time begin = absl::Now();
  for (int i = 0; i < in_flight; ++i) {
    callers.push_back(std::make_unique<Caller>(stub.get(), queue.get()));
    callers.back()->Call();
  }
  for (int running = in_flight; running > 0;) {
    auto* const caller = queue.Next<Caller>();
    round.latencies.push_back(caller->End());
    if (absl::Now() - begin < length) {
      caller->Call();
    } else {
      --running;
    }
  }
  round.took = absl::Now() - begin;
  return round;
}

}  // namespace pinion::bench
