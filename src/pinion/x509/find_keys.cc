#include <openssl/err.h>
#include <openssl/pem.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/key.h"
#include "pinion/x509/openssl.h"

namespace pinion::x509 {
namespace {

FoundKey Found(EVP_PKEY* key, std::string source) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const absl::string_view bytes(reinterpret_cast<char*>(der), size > 0 ? size : 0);
  FoundKey found{Sha256(bytes), std::move(source)};
  OPENSSL_free(der);
  return found;
}

absl::StatusOr<FoundKey> FromCertificate(absl::string_view der) {
  const absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
  if (!certificate.ok()) return certificate.status();
  return FoundKey{certificate->spki_digest(), absl::StrCat("certificate, ", certificate->Description())};
}

absl::StatusOr<FoundKey> FromRequest(absl::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  const Owned<X509_REQ> request(d2i_X509_REQ(nullptr, &next, static_cast<long>(der.size())));
  EVP_PKEY* key = request == nullptr ? nullptr : X509_REQ_get0_pubkey(request.get());
  if (key == nullptr) return absl::InvalidArgumentError("not a certificate request: " + TakeError());
  const Owned<BIO> subject(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(subject.get(), X509_REQ_get_subject_name(request.get()), 0, XN_FLAG_RFC2253);
  return Found(key, absl::StrCat("certificate request, subject \"", Contents(subject.get()), "\""));
}

absl::StatusOr<FoundKey> FromPublicKey(absl::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  const Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &next, static_cast<long>(der.size())));
  if (key == nullptr) return absl::InvalidArgumentError("not a public key: " + TakeError());
  return Found(key.get(), "public key");
}

absl::StatusOr<FoundKey> FromPrivateKey(absl::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  const Owned<EVP_PKEY> key(d2i_AutoPrivateKey(nullptr, &next, static_cast<long>(der.size())));
  ERR_clear_error();
  if (key == nullptr) return absl::InvalidArgumentError("not a private key that can be read");
  return Found(key.get(), "private key");
}

absl::StatusOr<FoundKey> FromBlock(absl::string_view label, absl::string_view der) {
  if (label == "CERTIFICATE") return FromCertificate(der);
  if (label == "CERTIFICATE REQUEST" || label == "NEW CERTIFICATE REQUEST") return FromRequest(der);
  if (label == "PUBLIC KEY") return FromPublicKey(der);
  if (label == "PRIVATE KEY" || label == "EC PRIVATE KEY" || label == "RSA PRIVATE KEY") return FromPrivateKey(der);
  return absl::InvalidArgumentError(
      absl::StrCat("no key can be read from a block \"", absl::CHexEscape(label.substr(0, 80)), "\""));
}

absl::StatusOr<FoundKey> FromDer(absl::string_view der) {
  for (const auto read : {FromCertificate, FromRequest, FromPublicKey, FromPrivateKey}) {
    absl::StatusOr<FoundKey> found = read(der);
    if (found.ok()) return found;
  }
  return absl::InvalidArgumentError("neither PEM nor DER of a certificate, certificate request or key");
}

}  // namespace

absl::StatusOr<std::vector<FoundKey>> FindKeys(absl::string_view bytes) {
  std::vector<FoundKey> found;
  if (!absl::StrContains(bytes, "-----BEGIN ")) {
    absl::StatusOr<FoundKey> key = FromDer(bytes);
    if (!key.ok()) return key.status();
    found.push_back(*std::move(key));
    return found;
  }
  const Owned<BIO> in = ReadFrom(bytes);
  size_t blocks = 0;
  for (;; ++blocks) {
    char* label = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(in.get(), &label, &header, &data, &size) != 1) break;
    absl::StatusOr<FoundKey> key = absl::string_view(label) == "EC PARAMETERS"
                                       ? absl::NotFoundError("")
                                       : FromBlock(label, absl::string_view(reinterpret_cast<char*>(data), size));
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, size);
    if (absl::IsNotFound(key.status()))
      continue;  // curve parameters that precede a key, as openssl ecparam writes them
    if (!key.ok()) return key.status();
    found.push_back(*std::move(key));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return absl::InvalidArgumentError(absl::StrCat("PEM block ", blocks + 1, " is garbled"));
  if (!HasPemBlocks(bytes, blocks)) return absl::InvalidArgumentError("a PEM block is cut off");
  if (found.empty()) return absl::InvalidArgumentError("there is no key in it");
  return found;
}

}  // namespace pinion::x509
