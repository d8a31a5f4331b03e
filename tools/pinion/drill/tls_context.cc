#include "tools/pinion/drill/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "absl/strings/str_cat.h"
#include "pinion/x509/certificate.h"

namespace pinion::drill {
namespace {

constexpr unsigned char kH2[] = {2, 'h', '2'};

int ChooseH2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
             unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, size, kH2, sizeof(kH2), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

bool UseCertificates(SSL_CTX* context, const Certified& as) {
  bool good = !as.chain.empty();
  for (size_t i = 0; i < as.chain.size(); ++i) {
    const auto* next = reinterpret_cast<const unsigned char*>(as.chain[i].data());
    const std::shared_ptr<X509> certificate(d2i_X509(nullptr, &next, static_cast<long>(as.chain[i].size())), X509_free);
    good = good && certificate != nullptr &&
           (i == 0 ? SSL_CTX_use_certificate(context, certificate.get())
                   : SSL_CTX_add1_chain_cert(context, certificate.get())) == 1;
  }
  return good;
}

bool UseKey(SSL_CTX* context, const x509::PrivateKey& key) {
  const std::string pem = key.ToPem();
  const std::shared_ptr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  if (in == nullptr) return false;
  const std::shared_ptr<EVP_PKEY> parsed(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  return parsed != nullptr && SSL_CTX_use_PrivateKey(context, parsed.get()) == 1;
}

// Some clients choose their certificate by the CA names in the request.
bool AskForCertificate(SSL_CTX* context, const std::string& ca_pem) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  const std::shared_ptr<BIO> in(BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size())), BIO_free_all);
  if (in == nullptr) return false;
  const std::shared_ptr<X509> ca(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
  return ca != nullptr && SSL_CTX_add_client_CA(context, ca.get()) == 1;
}

bool SetProtocol(SSL_CTX* context, const TlsSide& side, TlsRole role) {
  // The drill may present anything, however weak; the side under test must refuse it.
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  bool good = SSL_CTX_set_min_proto_version(context, side.old_tls ? TLS1_1_VERSION : TLS1_2_VERSION) == 1 &&
              SSL_CTX_set_max_proto_version(context, side.old_tls ? TLS1_1_VERSION : TLS1_3_VERSION) == 1;
  if (side.old_tls) good = SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1 && good;
  if (!side.h2) return good;
  if (role == TlsRole::kServer) SSL_CTX_set_alpn_select_cb(context, ChooseH2, nullptr);
  // 0 is success, for this function alone.
  return (role != TlsRole::kClient || SSL_CTX_set_alpn_protos(context, kH2, sizeof(kH2)) == 0) && good;
}

}  // namespace

std::string Certified::CertificatePem() const {
  std::string pem;
  for (const std::string& der : chain) absl::StrAppend(&pem, x509::EncodePem(der));
  return pem;
}

absl::StatusOr<std::shared_ptr<SSL_CTX>> MakeTlsContext(const TlsSide& side, TlsRole role) {
  const bool is_server = role == TlsRole::kServer;
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) return absl::InternalError("OpenSSL cannot create a TLS context");
  bool good = SetProtocol(context.get(), side, role);
  // A server resumes sessions only if it has set a session id context.
  static constexpr unsigned char kName[] = "pinion drill";
  good = SSL_CTX_set_session_id_context(context.get(), kName, sizeof(kName) - 1) == 1 && good;
  if (side.as.has_value())
    good = UseCertificates(context.get(), *side.as) && UseKey(context.get(), side.as->key) && good;
  if (is_server) good = AskForCertificate(context.get(), side.asked_ca) && good;
  ERR_clear_error();
  if (!good) return absl::InternalError("OpenSSL refuses the drill's certificate or key");
  return context;
}

}  // namespace pinion::drill
