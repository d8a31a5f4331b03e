#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/encoding/pem.h"
#include "pinion/x509/encoding/private_key_der.h"
#include "pinion/x509/encoding/spki.h"
#include "pinion/x509/key.h"

namespace pinion::x509 {
namespace {

absl::Status NotA(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a ", what, ": ", TakeError()));
}

// `spki` is the unchanged encoding from the file.
absl::StatusOr<FoundKey> Found(absl::string_view spki, std::string source) {
  const absl::StatusOr<Sha256Digest> digest = Sha256(spki);
  if (!digest.ok()) return digest.status();
  return FoundKey{std::string(spki), *digest, std::move(source)};
}

absl::StatusOr<FoundKey> FromCertificate(absl::string_view der) {
  const absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
  if (!certificate.ok()) return certificate.status();
  const absl::StatusOr<absl::string_view> spki = RawSpki(der);
  if (!spki.ok()) return spki.status();
  return Found(*spki, absl::StrCat("certificate, ", certificate->Description()));
}

absl::StatusOr<FoundKey> FromRequest(absl::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = next + der.size();
  const Owned<X509_REQ> request(d2i_X509_REQ(nullptr, &next, static_cast<long>(der.size())));
  if (request == nullptr || X509_REQ_get0_pubkey(request.get()) == nullptr) return NotA("certificate request");
  if (next != end) return absl::InvalidArgumentError("bytes follow the certificate request");
  const absl::StatusOr<absl::string_view> spki = RawSpkiOfRequest(der);
  if (!spki.ok()) return spki.status();
  const absl::StatusOr<std::string> subject = NameText(X509_REQ_get_subject_name(request.get()));
  if (!subject.ok()) return subject.status();
  return Found(*spki, absl::StrCat("certificate request, subject \"", *subject, "\""));
}

absl::StatusOr<FoundKey> FromPublicKey(absl::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = next + der.size();
  const Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &next, static_cast<long>(der.size())));
  if (key == nullptr) return NotA("public key");
  if (next != end) return absl::InvalidArgumentError("bytes follow the public key");
  return Found(der, "public key");
}

absl::StatusOr<FoundKey> FromPrivateKey(absl::string_view der) {
  const absl::StatusOr<Owned<EVP_PKEY>> key = ReadPrivateKey(der);
  if (!key.ok()) return key.status();
  const std::string spki = EncodedDer(i2d_PUBKEY, key->get());
  if (spki.empty()) return absl::InternalError(absl::StrCat("OpenSSL cannot encode a public key: ", TakeError()));
  return Found(spki, "private key");
}

absl::StatusOr<FoundKey> FromBlock(const PemBlock& block) {
  if (block.label == "CERTIFICATE") return FromCertificate(block.der);
  if (block.label == "CERTIFICATE REQUEST" || block.label == "NEW CERTIFICATE REQUEST") return FromRequest(block.der);
  if (block.label == "PUBLIC KEY") return FromPublicKey(block.der);
  if (IsReadablePrivateKey(block.label) && !block.is_encrypted) return FromPrivateKey(block.der);
  const std::string conversion = ConversionOf(block.is_encrypted ? "ENCRYPTED PRIVATE KEY" : block.label);
  return absl::InvalidArgumentError(absl::StrCat(
      "no key can be read from ", block.is_encrypted ? "an encrypted block" : "a block", " \"",
      absl::CHexEscape(block.label.substr(0, 80)), "\"", conversion.empty() ? "" : "; convert it with ", conversion));
}

absl::StatusOr<FoundKey> FromDer(absl::string_view der) {
  for (const auto read : {FromCertificate, FromRequest, FromPublicKey, FromPrivateKey}) {
    absl::StatusOr<FoundKey> found = read(der);
    if (found.ok() || absl::IsInternal(found.status())) return found;
  }
  const std::string form = DescribeNonPem(der);
  return absl::InvalidArgumentError(
      absl::StrCat("neither PEM nor DER of a certificate, certificate request or key", form.empty() ? "" : "; ", form));
}

}  // namespace

absl::StatusOr<std::vector<FoundKey>> FindKeys(absl::string_view bytes) {
  const ErrorsCleared at_the_end;
  std::vector<FoundKey> found;
  if (!absl::StrContains(bytes, "-----BEGIN ")) {
    absl::StatusOr<FoundKey> key = FromDer(bytes);
    if (!key.ok()) return key.status();
    found.push_back(*std::move(key));
    return found;
  }
  const absl::StatusOr<std::vector<PemBlock>> blocks = ReadPem(bytes);
  if (!blocks.ok()) return blocks.status();
  for (const PemBlock& block : *blocks) {
    if (block.label == "EC PARAMETERS") continue;  // of the following key, as openssl ecparam writes them
    absl::StatusOr<FoundKey> key = FromBlock(block);
    if (!key.ok()) return key.status();
    found.push_back(*std::move(key));
  }
  if (found.empty()) return absl::InvalidArgumentError("there is no key in it");
  return found;
}

}  // namespace pinion::x509
