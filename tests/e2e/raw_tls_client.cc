#include "tests/e2e/raw_tls_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "pinion/base/socket_address.h"

namespace pinion::testing {
namespace {

// HTTP/2's client preface and an empty SETTINGS frame (RFC 9113 §3.4, §6.5).
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
constexpr int kFrameHeader = 9;
constexpr char kSettings = 4;

void Require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "raw_tls_client: %s\n", what);
  std::abort();
}

// A connected socket.
int Dial(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience = {10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Require(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0, "cannot connect");
  return fd;
}

void Present(SSL_CTX* context, const IssuedCertificate& as) {
  const std::string pem = as.PrivateKeyPem();
  BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  for (const std::string& der : as.chain) {
    const auto* next = reinterpret_cast<const unsigned char*>(der.data());
    X509* const certificate = d2i_X509(nullptr, &next, static_cast<long>(der.size()));
    const bool is_leaf = &der == &as.chain.front();
    Require(
        (is_leaf ? SSL_CTX_use_certificate(context, certificate) : SSL_CTX_add1_chain_cert(context, certificate)) == 1,
        "cannot use the certificate");
    X509_free(certificate);
  }
  Require(SSL_CTX_use_PrivateKey(context, key) == 1, "cannot use the key");
  EVP_PKEY_free(key);
}

// Whether the first frame is the server's SETTINGS. Before it, OpenSSL receives session tickets.
Served ReadSettings(RawTlsConnection& connection) {
  Served end = Served::kNo;
  const std::optional<std::string> header = connection.Receive(kFrameHeader, &end);
  if (!header.has_value()) return end;
  return (*header)[3] == kSettings ? Served::kYes : Served::kNo;
}

std::string FirstError() {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = reason == nullptr ? "" : reason;
  ERR_clear_error();
  return text;
}

}  // namespace

RawTlsClient::RawTlsClient(TlsVersion version, const IssuedCertificate* as, bool offers_http2)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that the server has closed
  SSL_CTX* const context = context_.get();
  const int number = version == TlsVersion::k12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_min_proto_version(context, number);
  SSL_CTX_set_max_proto_version(context, number);
  SSL_CTX_set_security_level(context, 0);  // the server decides what is acceptable
  if (offers_http2) SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>("\x02h2"), 3);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, KeepSession);
  if (as != nullptr) Present(context, *as);
}

int RawTlsClient::KeepSession(SSL* ssl, SSL_SESSION* session) {
  // A copy: OpenSSL invalidates its own session when the server closes the connection; an attacker would not.
  static_cast<RawTlsClient*>(SSL_get_app_data(ssl))->session_.reset(SSL_SESSION_dup(session), SSL_SESSION_free);
  return 0;
}

void RawTlsClient::TrustNoServer() { SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr); }

std::unique_ptr<RawTlsConnection> RawTlsClient::Open(int port, std::string* address) {
  const std::shared_ptr<SSL> ssl(SSL_new(context_.get()), SSL_free);
  const int fd = Dial(port);
  if (address != nullptr) *address = LocalAddress(fd).value_or("");
  auto connection = std::make_unique<RawTlsConnection>(fd, ssl);
  SSL_set_app_data(ssl.get(), this);
  const std::shared_ptr<SSL_SESSION> offered = session_;
  if (offered != nullptr) Require(SSL_set_session(ssl.get(), offered.get()) == 1, "cannot offer the session");
  ERR_clear_error();
  return connection->Handshake() ? std::move(connection) : nullptr;
}

RawTlsOutcome RawTlsClient::Connect(int port) {
  RawTlsOutcome outcome;
  if (const std::unique_ptr<RawTlsConnection> connection = Open(port, &outcome.address)) {
    outcome.resumed = connection->resumed();
    // This fails if the server has already closed the connection; the read then reports it.
    connection->Send(absl::string_view(kPreface, sizeof(kPreface) - 1));
    outcome.served = ReadSettings(*connection);
  }
  outcome.error = FirstError();
  return outcome;
}

RawTlsConnection::RawTlsConnection(int fd, std::shared_ptr<SSL> ssl) : fd_(fd), ssl_(std::move(ssl)) {
  SSL_set_fd(ssl_.get(), fd_);
}

RawTlsConnection::~RawTlsConnection() { close(fd_); }

bool RawTlsConnection::Handshake() { return SSL_connect(ssl_.get()) == 1; }

bool RawTlsConnection::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

bool RawTlsConnection::Send(absl::string_view bytes) {
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
}

std::optional<std::string> RawTlsConnection::Receive(size_t count, Served* end) {
  std::string bytes(count, '\0');
  size_t got = 0;
  while (got < count) {
    const int read = SSL_read(ssl_.get(), &bytes[got], static_cast<int>(count - got));
    if (read <= 0) {
      const bool late = SSL_get_error(ssl_.get(), read) == SSL_ERROR_WANT_READ;
      if (end != nullptr) *end = late ? Served::kTimedOut : Served::kNo;
      return std::nullopt;
    }
    got += static_cast<size_t>(read);
  }
  return bytes;
}

}  // namespace pinion::testing
