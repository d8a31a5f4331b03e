#include "tests/soak/load.h"

#include <grpcpp/client_context.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/testing/lab.h"
#include "pinion/v1/echo.grpc.pb.h"

namespace pinion::soak {
namespace {

// The load's rate, which keeps the machine busy without overloading it. No code waits for a condition by these.
constexpr absl::Duration kUnaryPace = absl::Milliseconds(10);
constexpr absl::Duration kStreamPace = absl::Milliseconds(30);
constexpr absl::Duration kShortStream = absl::Milliseconds(300);

// Exchanges messages at a fixed pace while `go_on` returns true. Returns how the stream ended.
template <typename Condition>
grpc::Status Stream(grpc::ChannelInterface* channel, absl::Duration at_most, const Condition& go_on) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + at_most));
  const auto stub = v1::Echo::NewStub(std::shared_ptr<grpc::ChannelInterface>(channel, [](auto*) {}));
  const auto stream = stub->BidirectionalEcho(&context);
  v1::EchoRequest request;
  v1::EchoResponse response;
  request.set_message("still here");
  while (go_on() && stream->Write(request) && stream->Read(&response)) absl::SleepFor(kStreamPace);
  stream->WritesDone();
  while (stream->Read(&response)) {
  }
  return stream->Finish();
}

Ended Failure(absl::Time begun, absl::string_view kind, const grpc::Status& status) {
  return {begun, absl::Now(), status.error_code(), absl::StrCat(kind, ": ", status.error_message())};
}

}  // namespace

Load::Load(const std::vector<std::shared_ptr<grpc::ChannelInterface>>& channels) {
  for (const Channel& channel : channels) {
    threads_.emplace_back([this, channel] { CallUnary(channel); });
    threads_.emplace_back([this, channel] { StreamShortly(channel); });
    threads_.emplace_back([this, channel] { StreamLong(channel); });
  }
}

Load::~Load() { Stop(); }

void Load::Stop() {
  stopped_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Load::CallUnary(const Channel& channel) {
  while (!stopped_) {
    const absl::Time begun = absl::Now();
    const grpc::Status status = testing::Echo(channel);
    ++unary_calls_;
    if (!status.ok()) {
      const std::lock_guard<std::mutex> lock(mutex_);
      failed_.push_back(Failure(begun, "unary call", status));
    }
    absl::SleepFor(kUnaryPace);
  }
}

void Load::StreamShortly(const Channel& channel) {
  while (!stopped_) {
    const absl::Time begun = absl::Now();
    const grpc::Status status =
        Stream(channel.get(), absl::Seconds(10), [begun] { return absl::Now() < begun + kShortStream; });
    ++short_streams_;
    if (status.ok()) continue;
    const std::lock_guard<std::mutex> lock(mutex_);
    failed_.push_back(Failure(begun, "short stream", status));
  }
}

void Load::StreamLong(const Channel& channel) {
  while (!stopped_) {
    const absl::Time begun = absl::Now();
    const grpc::Status status = Stream(channel.get(), absl::Hours(1), [this] { return !stopped_.load(); });
    if (stopped_) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    long_ended_.push_back(Failure(begun, "long stream", status));
  }
}

std::vector<Ended> Load::failed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failed_;
}

std::vector<Ended> Load::long_streams_ended() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return long_ended_;
}

std::string ToString(const Ended& ended) {
  return absl::StrCat(absl::FormatTime("%H:%M:%E3S", ended.ended, absl::UTCTimeZone()), " after ",
                      absl::ToInt64Milliseconds(ended.ended - ended.begun), " ms, code ", ended.code, ": ", ended.text);
}

}  // namespace pinion::soak
