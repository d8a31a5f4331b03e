// The results of many calls.
#ifndef PINION_TOOLS_PINION_TALLY_H_
#define PINION_TOOLS_PINION_TALLY_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/v1/reason.pb.h"

namespace pinion::cli {

// Counts results and reports them. Thread-safe.
class Tally {
 public:
  void AddSuccess(absl::Duration latency);
  // `code` is gRPC's. `message` is the refusal's text, which begins with `reason`, or, for REASON_UNSPECIFIED, the
  // message of the status: any bytes from a server, reported as printable ASCII. Failures of one code and reason are
  // counted together, with the first one's message.
  void AddFailure(int code, v1::Reason reason, const std::string& message);

  std::string Table() const;
  // {"ok", "failed", "failures": [{"code", "reason", "message", "count"}], "latency_us": {"p50", "p99", "max"}}. Codes
  // are gRPC's names; a reason is empty unless Pinion in this process refused the call; latencies are 0 if no call
  // succeeded.
  std::string Json() const;
  // kYes if no call failed; kPinRefused if the pin set refused a server; otherwise kCallFailed plus the most common
  // code.
  int ExitCode() const;

 private:
  struct Failures {
    int64_t count = 0;
    std::string message;
  };
  struct Latencies {
    int64_t p50 = 0;
    int64_t p99 = 0;
    int64_t max = 0;
  };

  Latencies LatenciesInMicroseconds() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t FailedCalls() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::vector<uint32_t> latencies_us_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<int, v1::Reason>, Failures> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_TALLY_H_
