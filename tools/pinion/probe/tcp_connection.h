// A TCP connection that never waits beyond a time. Private to probe/.
#ifndef PINION_TOOLS_PINION_PROBE_TCP_CONNECTION_H_
#define PINION_TOOLS_PINION_PROBE_TCP_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion {

// Open from Connect until it is destroyed. Not synchronised.
class TcpConnection {
 public:
  // To the first of the host's addresses that takes it. Unavailable, saying why, or DeadlineExceeded. The name's lookup
  // alone is bounded by the system's resolver instead of `deadline`.
  static absl::StatusOr<std::unique_ptr<TcpConnection>> Connect(const std::string& host, int port, absl::Time deadline);
  ~TcpConnection();
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  // Unavailable where the peer has gone, DeadlineExceeded.
  absl::Status Send(absl::string_view bytes, absl::Time deadline);
  // What has come, at least a byte; nothing when the peer has closed. The same errors.
  absl::StatusOr<std::string> Receive(absl::Time deadline);

  // The peer's, "127.0.0.1:8443".
  std::string address() const;

 private:
  explicit TcpConnection(int fd) : fd_(fd) {}

  const int fd_;
};

}  // namespace pinion

#endif  // PINION_TOOLS_PINION_PROBE_TCP_CONNECTION_H_
