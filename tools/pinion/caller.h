// Calls the echo service, once or repeatedly.
#ifndef PINION_TOOLS_PINION_CALLER_H_
#define PINION_TOOLS_PINION_CALLER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "pinion/workload.h"
#include "tools/pinion/tally.h"

namespace pinion::cli {

struct CallPlan {
  std::string target;
  // The host to verify the server as, if it is not the target's.
  std::string authority;
  std::string message = "hello";
  // The calls end at the first limit that is reached; 0 means no limit.
  int64_t count = 0;
  absl::Duration duration = absl::ZeroDuration();
  // Total calls per second; 0 means no limit.
  double rate = 0;
  // 0: sequential unary calls. Otherwise the number of concurrent bidirectional streams; each echo counts as a call.
  int streams = 0;
  // Uses a new connection for each call (or stream).
  bool new_channel = false;
  bool wait_for_ready = false;
  // Limit of each unary call; for a stream, the time beyond the plan's duration.
  absl::Duration timeout = absl::Seconds(10);
};

// One run of a plan; not reusable.
class Caller {
 public:
  Caller(std::shared_ptr<const Workload> workload, CallPlan plan)
      : workload_(std::move(workload)), plan_(std::move(plan)) {}

  // Makes the calls; returns when the plan is done or Stop was called. Invalid credentials are the only error: failed
  // calls go into the tally.
  absl::Status Run(Tally* tally);
  // May be called from any thread, and from a signal handler.
  void Stop() { stopped_ = true; }

 private:
  // Takes the next call's turn, waiting for its time; false when the plan is done.
  bool NextTurn();
  grpc::ChannelArguments Arguments() const;
  // The shared channel, or a new one if the plan requires it.
  std::shared_ptr<grpc::ChannelInterface> Channel() const;
  std::unique_ptr<grpc::ClientContext> Context(absl::Duration lifetime) const;
  void CallUnary(Tally* tally);
  // Echoes over one stream after another until the plan is done.
  void CallOverStreams(Tally* tally);
  void EchoOverStream(Tally* tally);
  void Fail(const grpc::Status& status, Tally* tally) const;

  const std::shared_ptr<const Workload> workload_;
  const CallPlan plan_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;  // for new channels
  std::shared_ptr<grpc::ChannelInterface> channel_;
  absl::Time begin_;
  std::atomic<int64_t> turns_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_CALLER_H_
