#include "tests/x509/resigned.h"

#include <openssl/conf.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>

namespace pinion::x509 {

std::string Resigned(const std::string& der, const PrivateKey& issuer_key, const std::function<void(X509*)>& edit) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509, decltype(&X509_free)> made(d2i_X509(nullptr, &begin, static_cast<long>(der.size())),
                                                         &X509_free);
  if (made == nullptr) std::abort();
  edit(made.get());
  const bool is_ed25519 = EVP_PKEY_get_base_id(issuer_key.handle()) == EVP_PKEY_ED25519;
  if (X509_sign(made.get(), issuer_key.handle(), is_ed25519 ? nullptr : EVP_sha256()) <= 0) std::abort();
  unsigned char* out = nullptr;
  const int size = i2d_X509(made.get(), &out);
  if (size <= 0) std::abort();
  std::string bytes(reinterpret_cast<char*>(out), size);
  OPENSSL_free(out);
  return bytes;
}

void SetExtension(X509* certificate, int nid, const std::string& value) {
  for (int at = X509_get_ext_by_NID(certificate, nid, -1); at >= 0; at = X509_get_ext_by_NID(certificate, nid, -1)) {
    X509_EXTENSION_free(X509_delete_ext(certificate, at));
  }
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  // OpenSSL creates policies only with a configuration, which may be empty.
  const std::unique_ptr<CONF, decltype(&NCONF_free)> none(NCONF_new(nullptr), &NCONF_free);
  X509V3_set_nconf(&context, none.get());
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr || X509_add_ext(certificate, extension, -1) != 1) std::abort();
  X509_EXTENSION_free(extension);
}

}  // namespace pinion::x509
