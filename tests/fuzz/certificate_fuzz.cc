// A certificate's DER: its fields agree with themselves, with a second encoding, and, for the key and the names, with
// OpenSSL's reading of the same bytes.
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/socket_address.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/encoding/der.h"
#include "pinion/x509/key.h"
#include "tests/fuzz/invariant.h"

namespace pinion::x509 {
namespace {

using fuzz::Require;

template <typename Object>
std::string Encoded(int (*encode)(Object*, unsigned char**), Object* object) {
  unsigned char* der = nullptr;
  const int size = encode(object, &der);
  std::string bytes(reinterpret_cast<char*>(der), size > 0 ? size : 0);
  OPENSSL_free(der);
  return bytes;
}

void RequireSame(const Certificate& a, const Certificate& b) {
  Require(a.subject() == b.subject() && a.issuer() == b.issuer(), "read twice, it has the same subject and issuer");
  Require(a.not_before() == b.not_before() && a.not_after() == b.not_after(), "read twice, it has the same times");
  Require(a.names().dns == b.names().dns && a.names().uris == b.names().uris &&
              a.names().addresses == b.names().addresses && a.is_ca() == b.is_ca(),
          "read twice, it has the same names");
}

// Checks that Pinion accepts no host that OpenSSL refuses: for each name, the name itself and with something before it.
void RequireNamesAreOpenssls(const Certificate& certificate) {
  constexpr unsigned kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  for (const std::string& name : certificate.names().dns) {
    fuzz::RequirePrintable(name);
    for (const std::string& text : {name, absl::StrCat("a", name.substr(1)), absl::StrCat("a.", name)}) {
      const absl::StatusOr<HostName> host = HostName::Parse(text);
      if (!host.ok() || host->is_address() || !certificate.names().Covers(*host)) continue;
      // OpenSSL matches no pattern with a name that contains '_'.
      if (absl::StrContains(host->text(), '_')) continue;
      Require(X509_check_host(certificate.handle(), host->text().data(), host->text().size(), kFlags, nullptr) == 1,
              "OpenSSL accepts the same host", host->text());
    }
  }
  for (const std::string& bytes : certificate.names().addresses) {
    Require(bytes.size() == 4 || bytes.size() == 16, "an address has 4 or 16 bytes");
    const absl::StatusOr<HostName> host = HostName::Parse(AddressText(bytes));
    Require(host.ok() && host->address() == bytes && certificate.names().Covers(*host), "an address covers itself",
            bytes);
    Require(
        X509_check_ip(certificate.handle(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), 0) == 1,
        "OpenSSL accepts the same address", bytes);
  }
}

// Consumes the header of the element at *at, so that *at is where its content begins. Returns the size of its content.
size_t TakeHeader(const std::string& der, size_t* at) {
  const auto byte = [&] { return static_cast<uint8_t>(der.at((*at)++)); };
  Require((byte() & 0x1f) != 0x1f, "tags have one byte");
  size_t size = byte();
  if (size < 0x80) return size;
  const size_t more = size - 0x80;
  Require(more > 0, "an indefinite length is not accepted");
  size = 0;
  for (size_t i = 0; i < more; ++i) size = size << 8 | byte();
  return size;
}

// The subjectPublicKeyInfo at its place in RFC 5280 §4.1.
std::string NaiveSpki(const std::string& der) {
  size_t at = 0;
  TakeHeader(der, &at);  // Certificate
  TakeHeader(der, &at);  // tbsCertificate
  const int before = static_cast<uint8_t>(der.at(at)) == 0xa0 ? 6 : 5;
  for (int i = 0; i < before; ++i) {
    const size_t size = TakeHeader(der, &at);
    at += size;
  }
  const size_t begin = at;
  const size_t size = TakeHeader(der, &at);
  return der.substr(begin, at + size - begin);
}

// The bytes that are hashed must be those of the key that OpenSSL verifies signatures with.
void RequirePinIsOfTheKey(const Certificate& certificate) {
  const std::string spki = NaiveSpki(certificate.der());
  Require(Sha256(spki).value() == certificate.spki_digest(), "the pin is of the certificate's own bytes", spki);
  const auto* next = reinterpret_cast<const unsigned char*>(spki.data());
  X509_PUBKEY* const read = d2i_X509_PUBKEY(nullptr, &next, static_cast<long>(spki.size()));
  const auto encode = [](const X509_PUBKEY* key, unsigned char** out) { return i2d_X509_PUBKEY(key, out); };
  Require(read != nullptr && Encoded<const X509_PUBKEY>(encode, read) ==
                                 Encoded<const X509_PUBKEY>(encode, X509_get_X509_PUBKEY(certificate.handle())),
          "the pin is of the key that OpenSSL uses", spki);
  X509_PUBKEY_free(read);
  const absl::StatusOr<std::vector<FoundKey>> keys = FindKeys(certificate.der());
  // FindKeys reads text that contains the beginning of a PEM block as PEM.
  if (absl::StrContains(certificate.der(), "-----BEGIN ")) return;
  Require(keys.ok() && keys->size() == 1 && keys->front().spki_digest == certificate.spki_digest(),
          "the pin that is printed is the one that is checked");
  fuzz::RequirePrintable(keys->front().source);
}

void Check(const std::string& der) {
  const absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
  Require(ERR_peek_error() == 0, "OpenSSL's error queue is left empty");
  fuzz::CountInput(certificate.ok());
  if (!certificate.ok()) {
    Require(certificate.status().code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument");
    fuzz::RequirePrintable(certificate.status().message());
    return;
  }
  Require(CheckDer(der).ok(), "an accepted certificate is DER");
  Require(certificate->der() == der && certificate->digest() == Sha256(der).value(), "its bytes are the input");
  for (const std::string& text : {certificate->Description(), certificate->names().ToString(), KeyText(*certificate)}) {
    fuzz::RequirePrintable(text);
  }
  fuzz::RequirePrintable(CheckSignatureIsAllowed(*certificate).message());
  Require(!Certificate::FromDer(der + '\0').ok() && !Certificate::FromDer(der.substr(0, der.size() - 1)).ok(),
          "a byte more or less is refused");
  const std::string encoded = Encoded<const X509>(
      [](const X509* x509, unsigned char** out) { return i2d_X509(x509, out); }, certificate->handle());
  const absl::StatusOr<Certificate> again = Certificate::FromDer(encoded);
  Require(again.ok(), "its second encoding is a certificate", again.status().ToString());
  RequireSame(*certificate, *again);
  const absl::StatusOr<std::vector<Certificate>> from_pem = ParsePem(EncodePem(der));
  Require(from_pem.ok() && from_pem->size() == 1 && from_pem->front().der() == der, "PEM preserves the bytes");
  RequireNamesAreOpenssls(*certificate);
  RequirePinIsOfTheKey(*certificate);
  ERR_clear_error();
}

}  // namespace
}  // namespace pinion::x509

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::x509::Check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
