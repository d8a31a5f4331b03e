#include "tools/pinion/probe/observe.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/x509/encoding/openssl.h"
#include "tools/pinion/probe/tcp_connection.h"
#include "tools/pinion/probe/tls_offer.h"

namespace pinion {
namespace {

constexpr size_t kBytesShown = 60;
// As gRPC 1.51 offers it; both mean HTTP/2.
constexpr char kAlpn[] = "\x08grpc-exp\x02h2";
// HTTP/2 (RFC 9113): §3.4, and an empty SETTINGS frame.
constexpr absl::string_view kPreface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", 33);
constexpr size_t kFrameHeader = 9;
constexpr char kSettingsType = 4;
constexpr char kAlertRecord = 0x15;
constexpr char kHandshakeRecord = 0x16;
// Alerts (RFC 8446 §6). OpenSSL 3.0 has no name for some.
constexpr int kCloseNotify = 0;
constexpr int kUserCanceled = 90;
constexpr int kMissingExtension = 109;
constexpr int kCertificateRequired = 116;
constexpr int kNoApplicationProtocol = 120;

struct SslDeleter {
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
};

std::string AlertName(int alert) {
  const char* name = SSL_alert_desc_string_long(alert);
  if (alert == kMissingExtension) name = "missing extension";
  if (alert == kCertificateRequired) name = "certificate required";
  return absl::StrCat(name, " (", alert, ")");
}

std::string FirstBytes(absl::string_view bytes) {
  return absl::StrCat("\"", absl::CHexEscape(bytes.substr(0, kBytesShown)), "\"",
                      bytes.size() > kBytesShown ? " and more" : "");
}

// One conversation. Each step returns true to continue; otherwise it has set the answer.
class Conversation {
 public:
  Conversation(const Question& question, Offer offer, absl::Time deadline)
      : question_(question), offer_(offer), deadline_(deadline), context_(SSL_CTX_new(TLS_client_method())) {}

  Observation Hold() {
    // The offer of everything only finds out which TLS the server uses, so it does not wait for HTTP/2.
    static_cast<void>(Connect() && SetUp() && ShakeHands() && offer_ == Offer::kLiveClient && Greet());
    if (!seen_.presented.leaf.empty()) NoteTls();
    ERR_clear_error();
    return std::move(seen_);
  }

  // Whether the server sent anything at all.
  bool heard() const { return heard_; }

 private:
  bool End(Answer answer, std::string detail) {
    seen_.answer = answer;
    seen_.detail = std::move(detail);
    return false;
  }

  bool Connect() {
    absl::StatusOr<std::unique_ptr<TcpConnection>> connection =
        TcpConnection::Connect(question_.host, question_.port, deadline_);
    if (!connection.ok()) {
      const bool late = absl::IsDeadlineExceeded(connection.status());
      return End(late ? Answer::kTimedOut : Answer::kUnreachable,
                 late ? absl::StrCat("no connection within ", absl::FormatDuration(question_.timeout))
                      : absl::StrCat("cannot connect: ", connection.status().message()));
    }
    connection_ = *std::move(connection);
    seen_.address = connection_->address();
    return true;
  }

  bool Fail() { return End(Answer::kHandshakeFailed, absl::StrCat("our side cannot begin: ", x509::TakeError())); }

  bool SetUp() {
    if (context_ == nullptr) return Fail();
    if (!SetOffer(offer_, context_.get())) {
      return End(Answer::kHandshakeFailed,
                 absl::StrCat("our side cannot begin: GRPC_SSL_CIPHER_SUITES names no suite that OpenSSL has: ",
                              x509::TakeError()));
    }
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
    // Records the chain and continues the handshake: see the header.
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context_.get(), OnChain, this);
    ssl_.reset(SSL_new(context_.get()));
    if (ssl_ == nullptr || SSL_set_app_data(ssl_.get(), this) != 1) return Fail();
    SSL_set_info_callback(ssl_.get(), OnInfo);
    SSL_set_cert_cb(ssl_.get(), OnRequest, this);
    // 0 is success, for this function alone.
    bool well = SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(kAlpn), sizeof(kAlpn) - 1) == 0;
    if (!question_.server_name.empty()) {
      well = well && SSL_set_tlsext_host_name(ssl_.get(), question_.server_name.c_str()) == 1;
    }
    for (size_t i = 0; i < question_.chain.size(); ++i) {
      X509* const certificate = question_.chain[i].handle();
      well = well && (i == 0 ? SSL_use_certificate(ssl_.get(), certificate)
                             : static_cast<int>(SSL_add1_chain_cert(ssl_.get(), certificate))) == 1;
    }
    if (question_.key.has_value()) well = well && SSL_use_PrivateKey(ssl_.get(), question_.key->handle()) == 1;
    x509::Owned<BIO> in(BIO_new(BIO_s_mem()));
    x509::Owned<BIO> out(BIO_new(BIO_s_mem()));
    if (!well || in == nullptr || out == nullptr) return Fail();
    SSL_set_bio(ssl_.get(), in.release(), out.release());
    SSL_set_connect_state(ssl_.get());
    return true;
  }

  bool ShakeHands() {
    for (;;) {
      ERR_clear_error();
      const int result = SSL_do_handshake(ssl_.get());
      const bool wants_more = SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
      const std::string error = result == 1 || wants_more ? "" : x509::TakeError();
      Flush();
      if (result == 1) break;
      if (alert_ == kNoApplicationProtocol) return End(Answer::kNoH2, "it ended the handshake for want of h2");
      if (alert_ != kCloseNotify) return End(Answer::kRefused, "it ended the handshake");
      if (!wants_more) return End(Answer::kHandshakeFailed, absl::StrCat("the handshake failed on our side: ", error));
      if (!Fill()) return false;
    }
    seen_.handshake_done = true;
    const unsigned char* alpn = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &alpn, &size);
    if (size > 0) seen_.alpn = absl::CHexEscape(absl::string_view(reinterpret_cast<const char*>(alpn), size));
    return seen_.alpn == "h2" || seen_.alpn == "grpc-exp" || End(Answer::kNoH2, "the handshake agreed on no h2 (ALPN)");
  }

  // These parameters are known once the server has sent its certificate, even if the handshake fails later.
  void NoteTls() {
    seen_.protocol = SSL_get_version(ssl_.get());
    const SSL_CIPHER* const current = SSL_get_current_cipher(ssl_.get());
    const SSL_CIPHER* const cipher = current != nullptr ? current : SSL_get_pending_cipher(ssl_.get());
    if (cipher != nullptr) seen_.cipher = SSL_CIPHER_get_name(cipher);
    const char* const group = SSL_group_to_name(ssl_.get(), SSL_get_negotiated_group(ssl_.get()));
    if (group != nullptr) seen_.group = group;
  }

  // With TLS 1.3 a server that refuses us reports it only now.
  bool Greet() {
    if (SSL_write(ssl_.get(), kPreface.data(), static_cast<int>(kPreface.size())) <= 0) {
      return End(Answer::kHandshakeFailed, absl::StrCat("our side cannot write: ", x509::TakeError()));
    }
    Flush();
    std::string frame;
    while (frame.size() < kFrameHeader) {
      char buffer[kFrameHeader];
      ERR_clear_error();
      const int got = SSL_read(ssl_.get(), buffer, static_cast<int>(kFrameHeader - frame.size()));
      if (got > 0) {
        frame.append(buffer, got);
        continue;
      }
      const bool wants_more = SSL_get_error(ssl_.get(), got) == SSL_ERROR_WANT_READ;
      if (alert_ != kCloseNotify) return End(Answer::kRefused, "it ended the connection right after the handshake");
      if (!wants_more) return Closed();
      if (!Fill()) return false;
    }
    // Type and flags; the first SETTINGS is no acknowledgement.
    if (frame[3] != kSettingsType || frame[4] != 0) {
      return End(Answer::kNoH2,
                 absl::StrCat("it agreed on h2 and then sent no SETTINGS frame but ", FirstBytes(frame)));
    }
    return End(Answer::kTakesCalls, "");
  }

  bool Closed() {
    if (seen_.handshake_done) {
      return End(Answer::kRefused, "it closed the connection right after the handshake, without an error alert");
    }
    if (heard_)
      return End(Answer::kRefused, "it closed the connection in the middle of the handshake, without an error alert");
    return End(Answer::kNoTls, "it closed the connection instead of answering the handshake");
  }

  // Sends pending TLS output. The next Fill detects a closed connection, after it has read the last data from the peer.
  void Flush() {
    const std::string bytes = x509::Contents(SSL_get_wbio(ssl_.get()));
    BIO_reset(SSL_get_wbio(ssl_.get()));
    connection_->Send(bytes, deadline_).IgnoreError();
  }

  // Waits for the next data from the server.
  bool Fill() {
    const absl::StatusOr<std::string> bytes = connection_->Receive(deadline_);
    if (absl::IsDeadlineExceeded(bytes.status())) {
      const std::string within = absl::StrCat(" within ", absl::FormatDuration(question_.timeout));
      if (!seen_.handshake_done) return End(Answer::kTimedOut, absl::StrCat("no end of the handshake", within));
      return End(Answer::kNoH2, absl::StrCat("it agreed on h2 and then sent no SETTINGS frame", within));
    }
    if (!bytes.ok() || bytes->empty()) return Closed();
    if (!heard_ && bytes->front() != kAlertRecord && bytes->front() != kHandshakeRecord) {
      return End(Answer::kNoTls, absl::StrCat("it answered ", FirstBytes(*bytes)));
    }
    heard_ = true;
    const int size = static_cast<int>(bytes->size());
    if (BIO_write(SSL_get_rbio(ssl_.get()), bytes->data(), size) == size) return true;
    return End(Answer::kHandshakeFailed, "our side cannot buffer what it sent");
  }

  static int OnChain(X509_STORE_CTX* chain, void* self) {
    PresentedChain& presented = static_cast<Conversation*>(self)->seen_.presented;
    STACK_OF(X509)* const certificates = X509_STORE_CTX_get0_untrusted(chain);
    for (int i = 0; i < sk_X509_num(certificates); ++i) {
      std::string der = x509::EncodedDer(i2d_X509, sk_X509_value(certificates, i));
      if (der.empty()) return 0;
      if (i == 0) {
        presented.leaf = std::move(der);
      } else {
        presented.others.push_back(std::move(der));
      }
    }
    return 1;
  }

  // The server asks for our certificate.
  static int OnRequest(SSL* ssl, void* self) {
    auto* const conversation = static_cast<Conversation*>(self);
    Observation& seen = conversation->seen_;
    seen.asked_for_certificate = true;
    seen.showed_certificate = !conversation->question_.chain.empty();
    const STACK_OF(X509_NAME)* const names = SSL_get0_peer_CA_list(ssl);
    seen.ca_names.clear();
    for (int i = 0; i < sk_X509_NAME_num(names); ++i) {
      absl::StatusOr<std::string> name = x509::NameText(sk_X509_NAME_value(names, i));
      if (!name.ok()) return 0;
      seen.ca_names.push_back(*std::move(name));
    }
    return 1;
  }

  static void OnInfo(const SSL* ssl, int where, int value) {
    const int alert = value & 0xff;
    if (where != SSL_CB_READ_ALERT || alert == kCloseNotify || alert == kUserCanceled) return;
    auto* const conversation = static_cast<Conversation*>(SSL_get_app_data(ssl));
    conversation->alert_ = alert;
    conversation->seen_.alert = AlertName(alert);
  }

  const Question& question_;
  const Offer offer_;
  const absl::Time deadline_;
  const std::unique_ptr<SSL_CTX, SslDeleter> context_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  std::unique_ptr<TcpConnection> connection_;
  bool heard_ = false;  // whether any data arrived
  int alert_ = kCloseNotify;
  Observation seen_;
};

}  // namespace

Observation Observe(const Question& question) {
  const absl::Time deadline = absl::Now() + question.timeout;
  Conversation conversation(question, Offer::kLiveClient, deadline);
  Observation seen = conversation.Hold();
  const bool has_failed = seen.answer == Answer::kRefused || seen.answer == Answer::kHandshakeFailed;
  if (!has_failed || !conversation.heard() || !seen.presented.leaf.empty()) return seen;
  const Observation other = Conversation(question, Offer::kEverything, deadline).Hold();
  if (other.presented.leaf.empty()) return seen;  // the other offer makes no difference
  seen.answer = Answer::kNoCommonTls;
  seen.detail = DifferenceText(other.protocol, other.cipher, other.group);
  seen.would_speak = {other.protocol, other.cipher, other.group};
  return seen;
}

}  // namespace pinion
