// OpenSSL behind RAII. Private to x509/ and probe/: but for drill/, no other room includes OpenSSL.
#ifndef PINION_X509_OPENSSL_H_
#define PINION_X509_OPENSSL_H_

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion::x509 {

struct OpenSslDeleter {
  void operator()(ASN1_OBJECT* p) const { ASN1_OBJECT_free(p); }
  void operator()(ASN1_STRING* p) const { ASN1_STRING_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(BIO* p) const { BIO_free_all(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
  void operator()(NAME_CONSTRAINTS* p) const { NAME_CONSTRAINTS_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
  void operator()(X509_REQ* p) const { X509_REQ_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
  // The certificates in a stack are owned elsewhere.
  void operator()(STACK_OF(X509) * p) const { sk_X509_free(p); }
};

template <typename T>
using Owned = std::unique_ptr<T, OpenSslDeleter>;

// A read-only BIO over bytes that outlive it.
Owned<BIO> ReadFrom(absl::string_view bytes);
// Everything written to a memory BIO.
std::string Contents(BIO* bio);
// Whether so many PEM blocks begin and end in the text: OpenSSL takes one that has lost its first line for text between
// blocks.
bool HasPemBlocks(absl::string_view pem, size_t blocks);
// The first queued error in words; the queue is empty afterwards.
std::string TakeError();
// RFC 2253, with control characters and all that is not ASCII escaped, cut to a readable length.
std::string NameText(const X509_NAME* name);
// InfinitePast for a time that OpenSSL cannot read.
absl::Time ToTime(const ASN1_TIME* time);

}  // namespace pinion::x509

#endif  // PINION_X509_OPENSSL_H_
