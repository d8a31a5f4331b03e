#include "pinion/x509/path/own_handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"

namespace pinion::x509 {
namespace {

struct SslDeleter {
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
};
using Context = std::unique_ptr<SSL_CTX, SslDeleter>;
using Connection = std::unique_ptr<SSL, SslDeleter>;

// More flights than any TLS handshake has.
constexpr int kMaxFlights = 32;

// The caller verifies the received chain afterwards.
int TakeAnyChain(X509_STORE_CTX* /*context*/, void* /*unused*/) { return 1; }

absl::Status Failed(absl::string_view what, absl::string_view remedy) {
  return absl::FailedPreconditionError(absl::StrCat(what, ": ", TakeError(), "; ", remedy));
}

// The remedy depends on OpenSSL's error.
absl::Status HandshakeFailed(const OwnTls& own, Purpose purpose) {
  const int reason = ERR_GET_REASON(ERR_peek_error());
  static constexpr char kWhat[] = "no peer could complete a TLS handshake with this process";
  if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE) {
    return Failed(kWhat, "the chain is more than the 100 kB that peers take; present fewer names or certificates");
  }
  if (purpose == Purpose::kServerAuth && own.peer_roots.certificates().size() > 1) {
    return Failed(kWhat, absl::StrCat("a server sends the names of its ", own.peer_roots.certificates().size(),
                                      " client roots, and TLS has room for 64 kB of them; use fewer CAs, or one above "
                                      "them"));
  }
  return Failed(kWhat, "check the certificate, the key and GRPC_SSL_CIPHER_SUITES");
}

absl::Status Present(const OwnTls& own, SSL_CTX* context) {
  if (!own.cipher_suites.empty() && SSL_CTX_set_cipher_list(context, own.cipher_suites.c_str()) != 1) {
    return Failed("GRPC_SSL_CIPHER_SUITES has no cipher suite that OpenSSL can use, so every handshake fails",
                  "unset it, or name suites such as ECDHE-ECDSA-AES128-GCM-SHA256");
  }
  bool well = SSL_CTX_use_certificate(context, own.chain.front().handle()) == 1;
  for (size_t i = 1; well && i < own.chain.size(); ++i) {
    well = SSL_CTX_add1_chain_cert(context, own.chain[i].handle()) == 1;
  }
  well = well && SSL_CTX_use_PrivateKey(context, own.key.handle()) == 1;
  return well ? absl::OkStatus()
              : Failed("OpenSSL does not present the certificate", "check the certificate and the key");
}

absl::StatusOr<Context> MakeContext(const OwnTls& own, const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  if (context == nullptr) return Failed("OpenSSL has no TLS", "check its configuration");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // The receiving end does not verify the certificate yet; a server requires one, as gRPC's does.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), TakeAnyChain, nullptr);
  if (absl::Status status = Present(own, context.get()); !status.ok()) return status;
  return context;
}

// Sets the same names of CAs as gRPC 1.51 does for a server.
bool AskForCertificate(const TrustRoots& roots, SSL_CTX* context) {
  STACK_OF(X509_NAME)* names = sk_X509_NAME_new_null();
  bool well = names != nullptr;
  for (const Certificate& root : roots.certificates()) {
    X509_NAME* name = well ? X509_NAME_dup(X509_get_subject_name(root.handle())) : nullptr;
    well = name != nullptr && sk_X509_NAME_push(names, name) > 0;
    if (!well) X509_NAME_free(name);
  }
  if (well) {
    SSL_CTX_set_client_CA_list(context, names);  // takes ownership
  } else {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
  }
  return well;
}

// Connects the output of each end to the input of the other.
bool Connect(SSL* client, SSL* server) {
  const Owned<BIO> to_server(BIO_new(BIO_s_mem()));
  const Owned<BIO> to_client(BIO_new(BIO_s_mem()));
  if (to_server == nullptr || to_client == nullptr) return false;
  // SSL_set0_rbio and SSL_set0_wbio take a reference each.
  for (BIO* bio : {to_server.get(), to_client.get()}) {
    BIO_up_ref(bio);
    BIO_up_ref(bio);
  }
  SSL_set0_rbio(client, to_client.get());
  SSL_set0_wbio(client, to_server.get());
  SSL_set0_rbio(server, to_server.get());
  SSL_set0_wbio(server, to_client.get());
  SSL_set_connect_state(client);
  SSL_set_accept_state(server);
  return true;
}

// Returns true if the end is done or waits for the other.
bool Step(SSL* end) {
  const int result = SSL_do_handshake(end);
  return result == 1 || SSL_get_error(end, result) == SSL_ERROR_WANT_READ;
}

bool Handshake(SSL* client, SSL* server) {
  for (int flight = 0; flight < kMaxFlights; ++flight) {
    if (!Step(client) || !Step(server)) return false;
    if (SSL_is_init_finished(client) == 1 && SSL_is_init_finished(server) == 1) return true;
  }
  return false;
}

std::string DerOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  std::string bytes = size > 0 ? std::string(reinterpret_cast<char*>(der), size) : "";
  OPENSSL_free(der);
  return bytes;
}

// On a server, OpenSSL's chain of the peer lacks the leaf; on a client, it begins with the leaf.
std::vector<std::string> ReceivedBy(SSL* end) {
  std::vector<std::string> received;
  const Owned<X509> leaf(SSL_get1_peer_certificate(end));
  if (leaf != nullptr) received.push_back(DerOf(leaf.get()));
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(end);
  for (int i = SSL_is_server(end) == 1 ? 0 : 1; i < sk_X509_num(chain); ++i) {
    received.push_back(DerOf(sk_X509_value(chain, i)));
  }
  return received;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> HandshakeWithSelf(const OwnTls& own, Purpose purpose) {
  ERR_clear_error();
  const absl::StatusOr<Context> client_context = MakeContext(own, TLS_client_method());
  if (!client_context.ok()) return client_context.status();
  const absl::StatusOr<Context> server_context = MakeContext(own, TLS_server_method());
  if (!server_context.ok()) return server_context.status();
  const bool serves = purpose == Purpose::kServerAuth;
  if (serves && !AskForCertificate(own.peer_roots, server_context->get())) {
    return Failed("OpenSSL cannot name the client roots", "use fewer CAs");
  }
  const Connection client(SSL_new(client_context->get()));
  const Connection server(SSL_new(server_context->get()));
  if (client == nullptr || server == nullptr || !Connect(client.get(), server.get()) ||
      !Handshake(client.get(), server.get())) {
    return HandshakeFailed(own, purpose);
  }
  std::vector<std::string> received = ReceivedBy(serves ? client.get() : server.get());
  ERR_clear_error();
  if (received.empty()) return Failed("no certificate reached the peer", "check the certificate");
  return received;
}

}  // namespace pinion::x509
