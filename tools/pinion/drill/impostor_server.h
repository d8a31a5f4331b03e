// A server that a client should, or should not, accept. It records what each client did.
#ifndef PINION_TOOLS_PINION_DRILL_IMPOSTOR_SERVER_H_
#define PINION_TOOLS_PINION_DRILL_IMPOSTOR_SERVER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "tools/pinion/drill/http2.h"
#include "tools/pinion/drill/stream.h"
#include "tools/pinion/drill/tls_context.h"

namespace pinion::drill {

// The outcome of one connection.
struct Visit {
  // The TLS handshake is complete, including the client's last message. This does not prove that the client trusts the
  // server: gRPC's clients verify a certificate after they have sent that message.
  bool handshake = false;
  bool resumed = false;
  // The HTTP/2 preface arrived: a gRPC client sends it once it has accepted the server.
  bool http2 = false;
  // The client sent a request: HTTP/2 HEADERS, or any bytes of another protocol.
  bool request = false;
  // The connection is over; `error` is the OpenSSL error text, such as "tlsv1 alert unknown ca", and may be empty.
  bool over = false;
  std::string error;
};

// Listens on 127.0.0.1 and a free port, with one thread per connection. Connections after the 100th are closed.
class ImpostorServer {
 public:
  struct Settings {
    TlsSide side;
    bool plaintext = false;
    // Called once, after the first request has been answered. The server then closes that connection and accepts the
    // next one after `pause`. May be null.
    std::function<void()> after_first_request;
    absl::Duration pause;
  };

  // Unavailable if no port is free; also the errors of MakeTlsContext.
  static absl::StatusOr<std::unique_ptr<ImpostorServer>> Start(Settings settings);
  // Ends all connections.
  ~ImpostorServer();
  ImpostorServer(const ImpostorServer&) = delete;
  ImpostorServer& operator=(const ImpostorServer&) = delete;

  int port() const { return port_; }
  // In the order of the connections. May be called from any thread.
  std::vector<Visit> visits() const;

 private:
  ImpostorServer(int listener, int port, Settings settings, std::shared_ptr<SSL_CTX> context);

  void Accept();
  void Serve(int fd, size_t number);
  // The conversation after the handshake.
  void Talk(Stream& stream, size_t number);
  void TalkHttp2(Stream& stream, size_t number, absl::string_view begun);
  // Returns false if the connection must be closed.
  bool Take(const http2::Frame& frame, Stream& stream, size_t number);
  // Called after each answer. Returns false if the connection must be closed.
  bool Answered();
  void Note(size_t number, const std::function<void(Visit&)>& change);

  const int listener_;
  const int port_;
  const Settings settings_;
  const std::shared_ptr<SSL_CTX> context_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> notified_{false};  // after_first_request was called
  mutable Mutex mutex_;
  std::vector<Visit> visits_ ABSL_GUARDED_BY(mutex_);
  absl::Time closed_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::vector<std::thread> conversations_;  // used by the acceptor thread
  std::thread acceptor_;
};

// A listening socket on 127.0.0.1 and a free port; Unavailable if there is none.
struct Listening {
  int fd = -1;
  int port = 0;
};
absl::StatusOr<Listening> ListenOnLoopback();

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_IMPOSTOR_SERVER_H_
