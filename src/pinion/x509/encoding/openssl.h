// RAII wrappers for OpenSSL. Private to x509/ and probe/; except for drill/, no other package includes OpenSSL.
#ifndef PINION_X509_ENCODING_OPENSSL_H_
#define PINION_X509_ENCODING_OPENSSL_H_

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion::x509 {

struct OpenSslDeleter {
  void operator()(ASN1_OBJECT* p) const { ASN1_OBJECT_free(p); }
  void operator()(ASN1_SEQUENCE_ANY* p) const { sk_ASN1_TYPE_pop_free(p, ASN1_TYPE_free); }
  void operator()(ASN1_STRING* p) const { ASN1_STRING_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(BIO* p) const { BIO_free_all(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(GENERAL_NAME* p) const { GENERAL_NAME_free(p); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
  void operator()(NAME_CONSTRAINTS* p) const { NAME_CONSTRAINTS_free(p); }
  void operator()(PKCS8_PRIV_KEY_INFO* p) const { PKCS8_PRIV_KEY_INFO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
  void operator()(X509_PUBKEY* p) const { X509_PUBKEY_free(p); }
  void operator()(X509_REQ* p) const { X509_REQ_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
  // The certificates in a stack are owned elsewhere.
  void operator()(STACK_OF(X509) * p) const { sk_X509_free(p); }
  void operator()(STACK_OF(X509_EXTENSION) * p) const { sk_X509_EXTENSION_pop_free(p, X509_EXTENSION_free); }
};

template <typename T>
using Owned = std::unique_ptr<T, OpenSslDeleter>;

// Leaves OpenSSL's error queue empty, even if a function succeeds despite an error. Code that uses the thread later
// would otherwise treat a remaining error as its own.
class ErrorsCleared {
 public:
  ErrorsCleared() = default;
  ErrorsCleared(const ErrorsCleared&) = delete;
  ErrorsCleared& operator=(const ErrorsCleared&) = delete;
  ~ErrorsCleared() { ERR_clear_error(); }
};

// Everything written to a memory BIO.
std::string Contents(BIO* bio);
// The output of an i2d_ function, such as EncodedDer(i2d_X509, certificate); empty if it fails.
template <typename T>
std::string EncodedDer(int (*encode)(const T*, unsigned char**), const T* object) {
  unsigned char* der = nullptr;
  const int size = encode(object, &der);
  std::string bytes(reinterpret_cast<char*>(der), size > 0 ? size : 0);
  OPENSSL_clear_free(der, bytes.size());
  return bytes;
}
// The text of the first queued error; clears the queue.
std::string TakeError();
// RFC 2253, with control and non-ASCII characters escaped, truncated to a readable length. Returns Internal if OpenSSL
// cannot format the name.
absl::StatusOr<std::string> NameText(const X509_NAME* name);
// InfinitePast for a time that OpenSSL cannot read.
absl::Time ToTime(const ASN1_TIME* time);

}  // namespace pinion::x509

#endif  // PINION_X509_ENCODING_OPENSSL_H_
