#include "pinion/x509/pki/certificate_request.h"

#include <openssl/objects.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/encoding/pem.h"
#include "pinion/x509/encoding/spki.h"
#include "pinion/x509/key.h"

namespace pinion::x509 {
namespace {

absl::Status NotARequest(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("is not a certificate request, which `openssl req -new` makes: ", why));
}

absl::StatusOr<std::string> DerOf(absl::string_view bytes) {
  if (!absl::StrContains(bytes, "-----BEGIN ")) return std::string(bytes);
  absl::StatusOr<std::vector<PemBlock>> blocks = ReadPem(bytes);
  if (!blocks.ok()) return blocks.status();
  if (blocks->size() != 1) return NotARequest(absl::StrCat("it has ", blocks->size(), " blocks"));
  PemBlock& block = blocks->front();
  if (block.label != "CERTIFICATE REQUEST" && block.label != "NEW CERTIFICATE REQUEST") {
    return NotARequest(absl::StrCat("it has a block \"", absl::CHexEscape(block.label.substr(0, 80)), "\""));
  }
  return std::move(block.der);
}

absl::Status CheckSignature(X509_REQ* request) {
  EVP_PKEY* const key = X509_REQ_get0_pubkey(request);
  if (key == nullptr) return NotARequest("its key cannot be read");
  if (absl::Status status = CheckKeyIsAllowed(key); !status.ok()) return status;
  const int algorithm = X509_REQ_get_signature_nid(request);
  int hash = NID_undef;
  OBJ_find_sigid_algs(algorithm, &hash, nullptr);
  const bool is_allowed = algorithm == NID_ED25519 || hash == NID_sha256 || hash == NID_sha384 || hash == NID_sha512;
  if (!is_allowed) {
    const char* const name = OBJ_nid2ln(algorithm);
    return absl::InvalidArgumentError(absl::StrCat("the request is signed with ", name == nullptr ? "?" : name,
                                                   "; sign it with SHA-256 or better, or with Ed25519"));
  }
  if (X509_REQ_verify(request, key) == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the request's signature is not by the key in it, so it does not show that anybody holds that key");
}

absl::StatusOr<std::vector<std::string>> UnitsOf(const X509_NAME* subject) {
  std::vector<std::string> units;
  for (int at = -1;
       (at = X509_NAME_get_index_by_NID(const_cast<X509_NAME*>(subject), NID_organizationalUnitName, at)) >= 0;) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size < 0) return NotARequest(absl::StrCat("its subject cannot be read: ", TakeError()));
    units.emplace_back(reinterpret_cast<const char*>(text), size);
    OPENSSL_free(text);
  }
  return units;
}

}  // namespace

absl::StatusOr<CertificateRequest> ReadCertificateRequest(absl::string_view bytes) {
  const ErrorsCleared at_the_end;
  const absl::StatusOr<std::string> der = DerOf(bytes);
  if (!der.ok()) return der.status();
  const auto* next = reinterpret_cast<const unsigned char*>(der->data());
  const auto* const end = next + der->size();
  const Owned<X509_REQ> request(d2i_X509_REQ(nullptr, &next, static_cast<long>(der->size())));
  if (request == nullptr) return NotARequest(TakeError());
  if (next != end) return NotARequest("bytes follow it");
  if (absl::Status status = CheckSignature(request.get()); !status.ok()) return status;
  CertificateRequest read;
  const absl::StatusOr<absl::string_view> spki = RawSpkiOfRequest(*der);
  if (!spki.ok()) return spki.status();
  const absl::StatusOr<Sha256Digest> digest = Sha256(*spki);
  if (!digest.ok()) return digest.status();
  read.spki_digest = *digest;
  absl::StatusOr<SubjectAltNames> names = ParseSubjectAltNames(request.get());
  if (!names.ok()) return names.status();
  read.names = *std::move(names);
  absl::StatusOr<std::vector<std::string>> units = UnitsOf(X509_REQ_get_subject_name(request.get()));
  if (!units.ok()) return units.status();
  read.units = *std::move(units);
  return read;
}

}  // namespace pinion::x509
