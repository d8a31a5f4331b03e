// A TLS client on bare OpenSSL. Unlike gRPC's, it presents any certificate or none, and resumes sessions.
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

// What the server did with a connection.
enum class Served {
  kYes,       // its HTTP/2 SETTINGS came: gRPC serves the connection
  kNo,        // it ended the connection, during the handshake or after
  kTimedOut,  // nothing within ten seconds
};

struct RawTlsOutcome {
  Served served = Served::kNo;
  // Whether the server resumed the offered session.
  bool resumed = false;
  // OpenSSL's error text for the end of the connection; may be empty.
  std::string error;
  // The client's: "127.0.0.1:4711".
  std::string address;
};

// A byte stream over an open connection, which the destructor closes. Operations time out after 10 seconds. For one
// thread.
class RawTlsConnection {
 public:
  // Takes over the connected socket.
  RawTlsConnection(int fd, std::shared_ptr<SSL> ssl);
  ~RawTlsConnection();
  RawTlsConnection(const RawTlsConnection&) = delete;
  RawTlsConnection& operator=(const RawTlsConnection&) = delete;

  int descriptor() const { return fd_; }
  bool Handshake();
  // Whether the server resumed the offered session.
  bool resumed() const;
  bool Send(absl::string_view bytes);
  // Exactly `count` bytes; if the connection does not deliver them, nullopt, with the cause in *end.
  std::optional<std::string> Receive(size_t count, Served* end = nullptr);

 private:
  const int fd_;
  const std::shared_ptr<SSL> ssl_;
};

// Acts as an attacker, so it does not verify the server. For one thread.
class RawTlsClient {
 public:
  // Uses this TLS version alone, and offers "h2" by ALPN or nothing. Presents no certificate if `as` is null.
  RawTlsClient(TlsVersion version, const IssuedCertificate* as, bool offers_http2 = true);
  RawTlsClient(const RawTlsClient&) = delete;
  RawTlsClient& operator=(const RawTlsClient&) = delete;

  // One connection to 127.0.0.1, offering the newest session that a server gave this client.
  RawTlsOutcome Connect(int port);
  // Returns the open connection; null when the server ends the handshake. `address` may be null.
  std::unique_ptr<RawTlsConnection> Open(int port, std::string* address = nullptr);
  // From now on it trusts no server.
  void TrustNoServer();
  bool has_session() const { return session_ != nullptr; }

 private:
  static int KeepSession(SSL* ssl, SSL_SESSION* session);

  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL_SESSION> session_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTS_E2E_RAW_TLS_CLIENT_H_
