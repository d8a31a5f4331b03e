#include "pinion/grpc_log.h"

#include <grpc/support/log.h>

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/base/bounded_queue.h"
#include "pinion/base/printable.h"

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

// Targets are never deleted, since gRPC's threads may log until the process ends.
std::atomic<Target*> target{nullptr};

std::string LineOf(const gpr_log_func_args& message) {
  absl::string_view file = message.file;
  file.remove_prefix(file.rfind('/') + 1);  // keeps the whole name if there is no '/'
  std::string line = Printable(absl::StrCat("gRPC ", gpr_log_severity_string(message.severity), " ", file, ":",
                                            message.line, ": ", message.message));
  if (line.size() > kMaxLine) line.replace(kMaxLine - 3, std::string::npos, "...");
  return line;
}

void Log(gpr_log_func_args* message) { target.load()->lines.PushAndWait(LineOf(*message), kPatience); }

}  // namespace

void SetGrpcLog(std::function<void(const std::string& line)> write) {
  const auto pass_on = [write = std::move(write)](const std::string& line, int64_t lost) {
    if (lost > 0) write(absl::StrCat("gRPC: lines dropped because this log was not read: ", lost));
    write(line);
    return true;
  };
  target = new Target{Lines(pass_on, kPatience), target.load()};
  gpr_set_log_function(Log);
}

}  // namespace pinion
