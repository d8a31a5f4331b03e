// A TCP connection, in TLS or bare, on which every operation ends.
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

// For one thread. Whoever uses it ignores SIGPIPE. Each operation ends at its deadline, or soon after *stop became
// true; both fail it.
class Stream {
 public:
  // Takes over the connected socket. Speaks no TLS where `context` is null. `stop` outlives the stream.
  Stream(int fd, SSL_CTX* context, TlsRole role, const std::atomic<bool>* stop);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Whether the TLS handshake came to its end; true at once without TLS.
  bool Handshake(absl::Time deadline);
  // Whether a TLS session was taken up again.
  bool resumed() const;
  bool Write(absl::string_view bytes, absl::Time deadline);
  // The next bytes that come; none at the connection's end, and none when it fails.
  std::string Read(absl::Time deadline);
  // Says goodbye, as far as that is possible at once.
  void Close();

  // Whether the other side, or a fault of TLS, has ended the connection.
  bool ended() const { return ended_; }
  // How it ended, in OpenSSL's words, such as "tlsv1 alert unknown ca"; empty where it was just closed.
  const std::string& error() const { return error_; }

 private:
  // Tries until the step gives more than 0.
  int Drive(const std::function<int()>& step, absl::Time deadline);

  const int fd_;
  const std::atomic<bool>* const stop_;
  std::shared_ptr<BIO> bio_;
  SSL* ssl_ = nullptr;  // bio_'s
  bool ended_ = false;
  std::string error_;
};

// A connected socket, by whichever of the host's addresses takes it; -1 when none does before the deadline.
int Dial(const std::string& host, int port, absl::Time deadline);

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_STREAM_H_
