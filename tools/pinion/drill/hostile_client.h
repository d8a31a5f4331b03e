// A client that a server should, or should not, serve, and that notes whether it did.
#ifndef PINION_TOOLS_PINION_DRILL_HOSTILE_CLIENT_H_
#define PINION_TOOLS_PINION_DRILL_HOSTILE_CLIENT_H_

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/pinion/drill/tls_context.h"

namespace pinion::drill {

// Where the server is, and how long anything may take.
struct Target {
  std::string host;
  int port = 0;
  std::string authority;  // "localhost:8443"
  std::string path;       // of the method that is called
  absl::Duration timeout = absl::Seconds(10);
  const std::atomic<bool>* stop = nullptr;  // gives up soon after it became true
};

// How a server took one connection and the call on it.
struct Served {
  bool connected = false;
  bool handshake = false;
  // Its HTTP/2 SETTINGS came.
  bool settings = false;
  // It answered the call, if only to say that there is no such method.
  bool answered = false;
  // "PERMISSION_DENIED" or "UNAUTHENTICATED", where that was the answer.
  std::string denial;
  // Neither an answer nor an end came in time.
  bool silent = false;
  // How it ended the connection, in OpenSSL's words; may be empty.
  std::string error;
};

// One connection as `side`, and one call on it. The errors of MakeTlsContext.
absl::StatusOr<Served> Call(const Target& target, const TlsSide& side, bool plaintext);

// Begins a TLS handshake and goes on with a byte a second: how long until the server ends the connection, or none when
// it does not within `limit`.
std::optional<absl::Duration> TimeUntilCut(const Target& target, absl::Duration limit);

// Connections that begin a handshake and leave it at that, until this ends.
class HalfOpenFlood {
 public:
  HalfOpenFlood(const Target& target, int count);
  ~HalfOpenFlood();
  HalfOpenFlood(const HalfOpenFlood&) = delete;
  HalfOpenFlood& operator=(const HalfOpenFlood&) = delete;

  // How many the server's system took.
  size_t size() const { return sockets_.size(); }

 private:
  std::vector<int> sockets_;
};

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_HOSTILE_CLIENT_H_
