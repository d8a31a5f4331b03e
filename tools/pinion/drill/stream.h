// A TCP connection, with or without TLS, on which every operation has a deadline.
#ifndef PINION_TOOLS_PINION_DRILL_STREAM_H_
#define PINION_TOOLS_PINION_DRILL_STREAM_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

typedef struct bio_st BIO;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace pinion::drill {

enum class TlsRole { kServer, kClient };

// Not thread-safe. The process must ignore SIGPIPE. An operation fails at its deadline, or soon after *stop becomes
// true.
class Stream {
 public:
  // Takes ownership of the connected socket. Uses no TLS if `context` is null. `stop` outlives the stream.
  Stream(int fd, SSL_CTX* context, TlsRole role, const std::atomic<bool>* stop);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Whether the TLS handshake is complete; true at once without TLS.
  bool Handshake(absl::Time deadline);
  // Whether a TLS session was resumed.
  bool resumed() const;
  bool Write(absl::string_view bytes, absl::Time deadline);
  // The next bytes; empty at the end of the connection and on failure.
  std::string Read(absl::Time deadline);
  // Sends close_notify if that is possible without waiting, and shuts down the sending side.
  void Close();

  // Whether the peer or a TLS error has ended the connection.
  bool ended() const { return ended_; }
  // The OpenSSL error text, such as "tlsv1 alert unknown ca"; empty if the connection was closed without an error.
  const std::string& error() const { return error_; }

 private:
  // Repeats the step until it returns more than 0.
  int Drive(const std::function<int()>& step, absl::Time deadline);

  const int fd_;
  const std::atomic<bool>* const stop_;
  std::shared_ptr<BIO> bio_;
  SSL* ssl_ = nullptr;  // owned by bio_
  bool ended_ = false;
  std::string error_;
};

// A socket connected to the first of the host's addresses that accepts; -1 if none does before the deadline.
int Dial(const std::string& host, int port, absl::Time deadline);

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_STREAM_H_
