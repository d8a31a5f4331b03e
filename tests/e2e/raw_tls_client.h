// A TLS client on bare OpenSSL, for what gRPC's own never does: present any certificate or none, and resume a session.
#ifndef PINION_TESTS_E2E_RAW_TLS_CLIENT_H_
#define PINION_TESTS_E2E_RAW_TLS_CLIENT_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "pinion/testing/test_ca.h"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_session_st SSL_SESSION;
typedef struct ssl_st SSL;

namespace pinion::testing {

enum class TlsVersion { k12, k13 };

// How the server took one connection.
enum class Served {
  kYes,       // its HTTP/2 SETTINGS came: gRPC serves the connection
  kNo,        // it ended the connection, during the handshake or after
  kTimedOut,  // nothing within ten seconds
};

struct RawTlsOutcome {
  Served served = Served::kNo;
  // Whether the server took up the session that was offered.
  bool resumed = false;
  // OpenSSL's words for the end of the connection; may be empty.
  std::string error;
  // The client's: "127.0.0.1:4711".
  std::string address;
};

// An open connection, as bytes; closed at the end. What takes longer than ten seconds fails. For one thread.
class RawTlsConnection {
 public:
  // Takes over the connected socket.
  RawTlsConnection(int fd, std::shared_ptr<SSL> ssl);
  ~RawTlsConnection();
  RawTlsConnection(const RawTlsConnection&) = delete;
  RawTlsConnection& operator=(const RawTlsConnection&) = delete;

  bool Handshake();
  // Whether the server took up the session that was offered.
  bool resumed() const;
  bool Send(absl::string_view bytes);
  // Exactly so many bytes; nothing, and why in *end, where the connection does not give them.
  std::optional<std::string> Receive(size_t count, Served* end = nullptr);

 private:
  const int fd_;
  const std::shared_ptr<SSL> ssl_;
};

// Plays the attacker, so it checks nothing of the server's. For one thread.
class RawTlsClient {
 public:
  // Speaks this version alone, and offers "h2" by ALPN or nothing. `as` may be null: no certificate then.
  RawTlsClient(TlsVersion version, const IssuedCertificate* as, bool offers_http2 = true);
  RawTlsClient(const RawTlsClient&) = delete;
  RawTlsClient& operator=(const RawTlsClient&) = delete;

  // One connection to 127.0.0.1, offering the newest session that a server gave this client.
  RawTlsOutcome Connect(int port);
  // The same, to be used; null when the server ends the handshake. `address` may be null.
  std::unique_ptr<RawTlsConnection> Open(int port, std::string* address = nullptr);
  // From now on it trusts no server.
  void TrustNobody();
  bool has_session() const { return session_ != nullptr; }

 private:
  static int KeepSession(SSL* ssl, SSL_SESSION* session);

  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL_SESSION> session_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTS_E2E_RAW_TLS_CLIENT_H_
