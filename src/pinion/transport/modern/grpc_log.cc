#include "pinion/grpc_log.h"

#include <utility>

#include "absl/base/log_severity.h"
#include "absl/log/globals.h"
#include "absl/log/initialize.h"
#include "absl/log/internal/globals.h"
#include "absl/log/log_entry.h"
#include "absl/log/log_sink.h"
#include "absl/log/log_sink_registry.h"
#include "pinion/transport/grpc/grpc_log_lines.h"

namespace pinion {
namespace {

// gRPC writes to abseil's log.
class Sink final : public absl::LogSink {
 public:
  void Send(const absl::LogEntry& entry) override {
    AddGrpcLogLine(absl::string_view(absl::LogSeverityName(entry.log_severity()), 1), entry.source_basename(),
                   entry.source_line(), entry.text_message());
  }
};

void AddSink() {
  // Before the initialization, abseil writes to stderr alone. It must be initialized once.
  if (!absl::log_internal::IsInitialized()) absl::InitializeLog();
  absl::AddLogSink(new Sink());  // never deleted, since gRPC's threads may log until the process ends
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
}

}  // namespace

void SetGrpcLog(std::function<void(const std::string& line)> write) {
  SetGrpcLogTarget(std::move(write));
  [[maybe_unused]] static const bool once = (AddSink(), true);
}

}  // namespace pinion
