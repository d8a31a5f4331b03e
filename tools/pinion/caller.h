// Calls the echo service, many times if asked.
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
  // What the server is verified as, when that is not the target's host.
  std::string authority;
  std::string message = "hello";
  // The first limit that is reached ends the calls; 0 is no limit.
  int64_t count = 0;
  absl::Duration duration = absl::ZeroDuration();
  // Calls a second, all together; 0 is as fast as they go.
  double rate = 0;
  // 0: unary calls, one after another. Else so many bidirectional streams at once; each echo counts as a call.
  int streams = 0;
  // A connection of its own for each call (or stream).
  bool new_channel = false;
  bool wait_for_ready = false;
  // Of each unary call, and for a stream beyond the plan's duration.
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
  // The one channel, or a new one where the plan wants that.
  std::shared_ptr<grpc::ChannelInterface> Channel() const;
  std::unique_ptr<grpc::ClientContext> Context(absl::Duration lifetime) const;
  void CallUnary(Tally* tally);
  // Echoes over one stream after another until the plan is done.
  void CallOverStreams(Tally* tally);
  void EchoOverStream(Tally* tally);
  void Fail(const grpc::Status& status, Tally* tally) const;

  const std::shared_ptr<const Workload> workload_;
  const CallPlan plan_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;  // of new channels
  std::shared_ptr<grpc::ChannelInterface> channel_;
  absl::Time begin_;
  std::atomic<int64_t> turns_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_CALLER_H_
