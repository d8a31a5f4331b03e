#include "tests/bench/load/stream_load.h"

#include <deque>

#include "absl/time/clock.h"
#include "pinion/v1/echo.grpc.pb.h"
#include "tests/bench/load/queue.h"

namespace pinion::bench {
namespace {

constexpr size_t kMessageBytes = 1024;

class Stream;

// The pending operations of a stream.
struct Operation {
  enum Kind { kStart, kWrite, kRead, kHalfClose, kFinish };
  Stream* stream = nullptr;
  Kind kind = kStart;
};

// One stream: at most one pending write and one pending read, and `ahead` + 1 messages without their echo.
class Stream {
 public:
  Stream(v1::Echo::Stub* stub, grpc::CompletionQueue* queue, int ahead, absl::Time until)
      : most_(static_cast<size_t>(ahead) + 1), until_(until) {
    request_.set_message(std::string(kMessageBytes, 'x'));
    stream_ = stub->AsyncBidirectionalEcho(&context_, queue, &start_);
  }

  // Handles a completed operation, and starts the next ones. False when the stream has ended.
  bool Done(Operation::Kind kind, std::vector<absl::Duration>* latencies) {
    if (kind == Operation::kFinish) {
      if (!status_.ok()) Fail("a stream failed: " + status_.error_message());
      return false;
    }
    if (kind == Operation::kWrite || kind == Operation::kHalfClose) writing_ = false;
    if (kind == Operation::kRead) {
      reading_ = false;
      if (response_.message().size() != kMessageBytes) Fail("a message was changed");
      latencies->push_back(absl::Now() - written_.front());
      written_.pop_front();
      echoed_ = true;
    }
    Go();
    return true;
  }

 private:
  void Go() {
    const bool over = echoed_ && absl::Now() >= until_;
    if (!over && !writing_ && written_.size() < most_) {
      writing_ = true;
      written_.push_back(absl::Now());
      stream_->Write(request_, &write_);
    }
    if (!reading_ && !written_.empty()) {
      reading_ = true;
      stream_->Read(&response_, &read_);
    }
    if (!over || writing_ || reading_) return;
    if (!half_closed_) {
      half_closed_ = writing_ = true;
      stream_->WritesDone(&half_close_);
    } else {
      stream_->Finish(&status_, &finish_);
    }
  }

  const size_t most_;
  const absl::Time until_;
  grpc::ClientContext context_;
  v1::EchoRequest request_;
  v1::EchoResponse response_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::EchoRequest, v1::EchoResponse>> stream_;
  std::deque<absl::Time> written_;  // messages whose echo has not arrived
  bool writing_ = false;
  bool reading_ = false;
  bool half_closed_ = false;
  bool echoed_ = false;  // at least once, however late this thread was scheduled
  Operation start_ = {this, Operation::kStart};
  Operation write_ = {this, Operation::kWrite};
  Operation read_ = {this, Operation::kRead};
  Operation half_close_ = {this, Operation::kHalfClose};
  Operation finish_ = {this, Operation::kFinish};
};

}  // namespace

Round RunStreams(const std::shared_ptr<grpc::ChannelInterface>& channel, int streams, int ahead,
                 absl::Duration length) {
  const auto stub = v1::Echo::NewStub(channel);
  std::vector<std::unique_ptr<Stream>> running;
  Queue queue;
  Round round;
  const absl::Time begin = absl::Now();
  for (int i = 0; i < streams; ++i) {
    running.push_back(std::make_unique<Stream>(stub.get(), queue.get(), ahead, begin + length));
  }
  for (int left = streams; left > 0;) {
    const auto* const operation = queue.Next<Operation>();
    if (!operation->stream->Done(operation->kind, &round.latencies)) --left;
  }
  round.took = absl::Now() - begin;
  return round;
}

}  // namespace pinion::bench
