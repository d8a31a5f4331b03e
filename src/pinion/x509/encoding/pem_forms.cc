// Describes common inputs that are not the expected PEM of a certificate or private key.
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/encoding/pem.h"

namespace pinion::x509 {
namespace {

constexpr char kUnencrypt[] = "openssl pkey -in FILE -out NEW";
constexpr char kToPkcs8[] = "openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW";

// Whether the bytes are one DER object that `read` takes.
template <typename T>
bool IsA(T* (*read)(T**, const unsigned char**, long), void (*release)(T*), absl::string_view bytes) {
  const auto* next = reinterpret_cast<const unsigned char*>(bytes.data());
  T* const object = read(nullptr, &next, static_cast<long>(bytes.size()));
  const bool is_whole = reinterpret_cast<const char*>(next) == bytes.data() + bytes.size();
  ERR_clear_error();
  if (object == nullptr) return false;
  release(object);
  return is_whole;
}

std::string Der(absl::string_view what, absl::string_view command) {
  return absl::StrCat("it is DER, not PEM: ", what, "; convert it with ", command);
}

}  // namespace

std::string DescribeNonPem(absl::string_view bytes) {
  if (absl::StartsWith(bytes, "\xff\xfe") || absl::StartsWith(bytes, "\xfe\xff") ||
      absl::StrContains(bytes, absl::string_view("-\0-\0-\0-", 7))) {
    return "it is text in UTF-16; convert it with iconv -f UTF-16 -t UTF-8 FILE > NEW";
  }
  if (!absl::StartsWith(bytes, "0")) return "";  // a SEQUENCE's tag
  if (IsA(d2i_X509, X509_free, bytes)) return Der("a certificate", "openssl x509 -inform DER -in FILE -out NEW");
  if (IsA(d2i_PKCS12, PKCS12_free, bytes)) {
    return Der("PKCS #12, a certificate with its key", "openssl pkcs12 -nodes -in FILE -out NEW");
  }
  if (IsA(d2i_PKCS7, PKCS7_free, bytes)) {
    return Der("PKCS #7 with certificates", "openssl pkcs7 -inform DER -print_certs -in FILE -out NEW");
  }
  if (IsA(d2i_X509_REQ, X509_REQ_free, bytes)) {
    return Der("a certificate request", "openssl req -inform DER -in FILE -out NEW");
  }
  if (IsA(d2i_AutoPrivateKey, EVP_PKEY_free, bytes)) {
    return Der("a private key", "openssl pkey -inform DER -in FILE -out NEW");
  }
  if (IsA(d2i_X509_SIG, X509_SIG_free, bytes)) {
    return Der("an encrypted private key", "openssl pkey -inform DER -in FILE -out NEW");
  }
  return "";
}

std::string ConversionOf(absl::string_view label) {
  if (label == "TRUSTED CERTIFICATE" || label == "X509 CERTIFICATE") return "openssl x509 -in FILE -out NEW";
  if (label == "PKCS7" || label == "CMS") return "openssl pkcs7 -print_certs -in FILE -out NEW";
  if (label == "ENCRYPTED PRIVATE KEY") return kUnencrypt;
  if (label == "OPENSSH PRIVATE KEY") return "ssh-keygen -p -N '' -m PKCS8 -f FILE, which changes the file in place";
  return absl::EndsWith(label, " PRIVATE KEY") ? kToPkcs8 : "";
}

bool IsReadablePrivateKey(absl::string_view label) {
  return label == "PRIVATE KEY" || label == "EC PRIVATE KEY" || label == "RSA PRIVATE KEY";
}

}  // namespace pinion::x509
