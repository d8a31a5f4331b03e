// A server that clients should, or should not, talk to, and that notes which ones did.
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

// What one connection came to.
struct Visit {
  // The TLS handshake, with the client's last message in it. No proof of trust: gRPC's clients judge a certificate
  // after they have sent it.
  bool handshake = false;
  bool resumed = false;
  // HTTP/2's preface came: a gRPC client sends it once it is content with the server.
  bool http2 = false;
  // The client handed over a request: HTTP/2 HEADERS, or any bytes of another protocol.
  bool request = false;
  // Over, and why in OpenSSL's words, such as "tlsv1 alert unknown ca"; may be empty.
  bool over = false;
  std::string error;
};

// On 127.0.0.1 and a free port. A thread for each connection, of which there are at most 100; later ones are closed.
class ImpostorServer {
 public:
  struct Settings {
    TlsSide side;
    bool plaintext = false;
    // Called once, when the first request has been answered. Then that connection is closed, and no other is served
    // before `pause` has passed. May be null.
    std::function<void()> after_first_request;
    absl::Duration pause;
  };

  // Unavailable without a port; the errors of MakeTlsContext.
  static absl::StatusOr<std::unique_ptr<ImpostorServer>> Start(Settings settings);
  // Ends all connections.
  ~ImpostorServer();
  ImpostorServer(const ImpostorServer&) = delete;
  ImpostorServer& operator=(const ImpostorServer&) = delete;

  int port() const { return port_; }
  // In the order in which the clients came. From any thread.
  std::vector<Visit> visits() const;

 private:
  ImpostorServer(int listener, int port, Settings settings, std::shared_ptr<SSL_CTX> context);

  void Accept();
  void Serve(int fd, size_t number);
  // What follows the handshake.
  void Talk(Stream& stream, size_t number);
  void TalkHttp2(Stream& stream, size_t number, absl::string_view begun);
  // False when the connection is to end.
  bool Take(const http2::Frame& frame, Stream& stream, size_t number);
  // After an answer; false when the connection is to end.
  bool Answered();
  void Note(size_t number, const std::function<void(Visit&)>& change);

  const int listener_;
  const int port_;
  const Settings settings_;
  const std::shared_ptr<SSL_CTX> context_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> told_{false};  // after_first_request was called
  mutable Mutex mutex_;
  std::vector<Visit> visits_ ABSL_GUARDED_BY(mutex_);
  absl::Time closed_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::vector<std::thread> conversations_;  // the acceptor's
  std::thread acceptor_;
};

// A listening socket on 127.0.0.1 and a free port; Unavailable without one.
struct Listening {
  int fd = -1;
  int port = 0;
};
absl::StatusOr<Listening> ListenOnLoopback();

}  // namespace pinion::drill

#endif  // PINION_TOOLS_PINION_DRILL_IMPOSTOR_SERVER_H_
