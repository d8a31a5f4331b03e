// Where audit lines go that a policy asks for: its audit_loggers. Private to authorization/.
#ifndef PINION_AUTHORIZATION_AUDIT_LOGGER_H_
#define PINION_AUTHORIZATION_AUDIT_LOGGER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion {

// For one thread, which must have SIGPIPE blocked. May take as long as the file or the pipe behind it does.
class AuditLogger {
 public:
  virtual ~AuditLogger() = default;
  // The whole line, which ends in a newline. Unavailable, with the system's reason, when it is lost.
  virtual absl::Status Write(absl::string_view line) = 0;
};

// Writes to a descriptor of somebody else's: the standard output.
std::unique_ptr<AuditLogger> MakeDescriptorLogger(int fd);

// Appends to a file, which is made when it isn't there (mode 0640), with the first line. When another file stands at
// the path, or none, as after a rotation, it continues there.
std::unique_ptr<AuditLogger> MakeFileLogger(std::string path);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_LOGGER_H_
