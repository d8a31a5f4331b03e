// A client that a server should, or should not, serve. It records what the server did.
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

// Where the server is, and the limit for each operation.
struct Target {
  std::string host;
  int port = 0;
  std::string authority;  // "localhost:8443"
  std::string path;       // of the method that is called
  absl::Duration timeout = absl::Seconds(10);
  const std::atomic<bool>* stop = nullptr;  // the client gives up soon after this becomes true
};

// How a server handled one connection and the call on it.
struct Served {
  bool connected = false;
  bool handshake = false;
  // The server's HTTP/2 SETTINGS frame arrived.
  bool settings = false;
  // The server answered the call, possibly with UNIMPLEMENTED.
  bool answered = false;
  // "PERMISSION_DENIED" or "UNAUTHENTICATED" if that was the answer; otherwise empty.
  std::string denial;
  // The server neither answered nor closed the connection in time.
  bool silent = false;
  // How the connection ended, as an OpenSSL error text; may be empty.
  std::string error;
};

// Opens one connection as `side` and makes one call on it. Errors are those of MakeTlsContext.
absl::StatusOr<Served> Call(const Target& target, const TlsSide& side, bool plaintext);

// Begins a TLS handshake and continues it with one byte per second. Returns the time until the server closes the
// connection, or none if the server keeps it open for `limit`.
std::optional<absl::Duration> TimeUntilClosed(const Target& target, absl::Duration limit);

// Connections that begin a handshake and then stay idle until this object is destroyed.
class HalfOpenFlood {
 public:
  HalfOpenFlood(const Target& target, int count);
  ~HalfOpenFlood();
  HalfOpenFlood(const HalfOpenFlood&) = delete;
  HalfOpenFlood& operator=(const HalfOpenFlood&) = delete;

  // The number of connections that the server's host accepted.
  size_t size() const { return sockets_.size(); }

 private:
  std::vector<int> sockets_;
};

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_HOSTILE_CLIENT_H_
