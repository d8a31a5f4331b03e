#include "pinion/transport/grpc/grpc_log_lines.h"

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "pinion/base/bounded_queue.h"
#include "pinion/base/printable.h"
#include "pinion/base/process_wide.h"

namespace pinion {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr size_t kMaxLine = 4096;

using Lines = BoundedQueue<std::string>;

struct Target {
  Lines lines;
  // The target of the previous call.
  Target* earlier;
};

// gRPC has one log. Targets are never deleted, since gRPC's threads may log until the process ends.
struct GrpcLog {
  std::atomic<Target*> target{nullptr};
};

}  // namespace

void SetGrpcLogTarget(std::function<void(const std::string& line)> write) {
  const auto pass_on = [write = std::move(write)](const std::string& line, int64_t lost) {
    if (lost > 0) write(absl::StrCat("gRPC: lines dropped because this log was not read: ", lost));
    write(line);
    return true;
  };
  auto& log = ProcessWide<GrpcLog>();
  log.target = new Target{Lines(pass_on, kPatience), log.target.load()};
}

void AddGrpcLogLine(absl::string_view severity, absl::string_view file, int line, absl::string_view message) {
  file.remove_prefix(file.rfind('/') + 1);  // keeps the whole name if there is no '/'
  std::string text = Printable(absl::StrCat("gRPC ", severity, " ", file, ":", line, ": ", message));
  if (text.size() > kMaxLine) text.replace(kMaxLine - 3, std::string::npos, "...");
  ProcessWide<GrpcLog>().target.load()->lines.PushAndWait(std::move(text), kPatience);
}

}  // namespace pinion
