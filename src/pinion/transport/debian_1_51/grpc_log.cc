#include "pinion/grpc_log.h"

#include <grpc/support/log.h>

#include <utility>

#include "pinion/transport/grpc/grpc_log_lines.h"

namespace pinion {
namespace {

void Log(gpr_log_func_args* message) {
  AddGrpcLogLine(gpr_log_severity_string(message->severity), message->file, message->line, message->message);
}

}  // namespace

void SetGrpcLog(std::function<void(const std::string& line)> write) {
  SetGrpcLogTarget(std::move(write));
  gpr_set_log_function(Log);
}

}  // namespace pinion
