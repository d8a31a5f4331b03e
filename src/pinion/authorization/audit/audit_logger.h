// Writes audit lines to the destinations that a policy's audit_loggers name. Private to authorization/audit/.
#ifndef PINION_AUTHORIZATION_AUDIT_AUDIT_LOGGER_H_
#define PINION_AUTHORIZATION_AUDIT_AUDIT_LOGGER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion {

// For one thread, which must block SIGPIPE. A write may block on the file or pipe.
class AuditLogger {
 public:
  virtual ~AuditLogger() = default;
  // Writes the whole line, which ends in a newline. Unavailable, with the system's reason, when the line is lost.
  virtual absl::Status Write(absl::string_view line) = 0;
};

// Writes to a descriptor that the logger does not own, such as standard output.
std::unique_ptr<AuditLogger> MakeDescriptorLogger(int fd);

// Appends to a file and creates it with mode 0640 at the first line if it does not exist. After a rotation, when the
// path names another file or none, the logger opens the path again.
std::unique_ptr<AuditLogger> MakeFileLogger(std::string path);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_AUDIT_AUDIT_LOGGER_H_
