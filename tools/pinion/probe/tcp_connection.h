// A TCP connection with a deadline for each operation. Private to probe/.
#ifndef PINION_TOOLS_PINION_PROBE_TCP_CONNECTION_H_
#define PINION_TOOLS_PINION_PROBE_TCP_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion {

// Open from Connect until it is destroyed. Not thread-safe.
class TcpConnection {
 public:
  // Connects to the first of the host's addresses that accepts. Unavailable with the reason, or DeadlineExceeded. The
  // name lookup is limited by the system's resolver, not by `deadline`.
  static absl::StatusOr<std::unique_ptr<TcpConnection>> Connect(const std::string& host, int port, absl::Time deadline);
  ~TcpConnection();
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  // Unavailable if the peer has closed the connection, or DeadlineExceeded.
  absl::Status Send(absl::string_view bytes, absl::Time deadline);
  // Returns received data, at least one byte; empty if the peer has closed. Same errors as Send.
  absl::StatusOr<std::string> Receive(absl::Time deadline);

  // The address of the peer, "127.0.0.1:8443".
  std::string address() const;

 private:
  explicit TcpConnection(int fd) : fd_(fd) {}

  const int fd_;
};

}  // namespace pinion

#endif  // PINION_TOOLS_PINION_PROBE_TCP_CONNECTION_H_
