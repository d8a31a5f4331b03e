#include "pinion/x509/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/openssl.h"
#include "pinion/x509/spki.h"

namespace pinion::x509 {
namespace {

constexpr size_t kBlockNameShown = 200;
constexpr char kTimeFormat[] = "%E4Y-%m-%d%ET%H:%M:%SZ";

absl::Status Malformed(absl::string_view why) { return absl::InvalidArgumentError(why); }

// Whether the bytes are one element, and nothing behind it.
bool IsOneElement(const ASN1_OCTET_STRING* value) {
  const unsigned char* const begin = ASN1_STRING_get0_data(value);
  const unsigned char* content = begin;
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int result = ASN1_get_object(&content, &length, &tag, &tag_class, ASN1_STRING_length(value));
  ERR_clear_error();
  constexpr int kErrorOrIndefinite = 0x81;
  return (result & kErrorOrIndefinite) == 0 && content + length == begin + ASN1_STRING_length(value);
}

// Whether a path is judged by extensions of this kind. Of others some are no DER, and harm nobody.
bool IsJudgedBy(int nid) {
  return nid == NID_basic_constraints || nid == NID_key_usage || nid == NID_ext_key_usage ||
         nid == NID_name_constraints || nid == NID_subject_key_identifier || nid == NID_authority_key_identifier;
}

// What OpenSSL reads all the same.
absl::Status CheckEncoding(absl::string_view der, X509* x509) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(x509, &encoded);
  const bool is_der =
      size >= 0 && der == absl::string_view(reinterpret_cast<char*>(encoded), static_cast<size_t>(size));
  OPENSSL_free(encoded);
  if (!is_der) return Malformed("it is not DER");
  std::set<absl::string_view> kinds;
  for (int i = 0; i < X509_get_ext_count(x509); ++i) {
    X509_EXTENSION* const extension = X509_get_ext(x509, i);
    const ASN1_OBJECT* const kind = X509_EXTENSION_get_object(extension);
    if (!kinds.emplace(reinterpret_cast<const char*>(OBJ_get0_data(kind)), OBJ_length(kind)).second) {
      return Malformed("an extension stands twice");
    }
    if (IsJudgedBy(OBJ_obj2nid(kind)) && !IsOneElement(X509_EXTENSION_get_data(extension))) {
      return Malformed(absl::StrCat("bytes follow the value of ", OBJ_nid2ln(OBJ_obj2nid(kind))));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Certificate> Certificate::FromDer(absl::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* end = next + der.size();
  auto data = std::make_shared<Data>();
  data->x509.reset(d2i_X509(nullptr, &next, static_cast<long>(der.size())), OpenSslDeleter());
  if (data->x509 == nullptr) return Malformed(absl::StrCat("not a certificate: ", TakeError()));
  if (next != end) return Malformed("bytes follow the certificate");

  const absl::StatusOr<absl::string_view> spki = RawSpki(der);
  if (!spki.ok()) return spki.status();
  absl::StatusOr<SubjectAltNames> names = ParseSubjectAltNames(data->x509.get());
  if (!names.ok()) return names.status();
  if (absl::Status status = CheckEncoding(der, data->x509.get()); !status.ok()) return status;

  data->der = std::string(der);
  data->spki_digest = Sha256(*spki);
  data->digest = Sha256(der);
  data->subject = NameText(X509_get_subject_name(data->x509.get()));
  data->issuer = NameText(X509_get_issuer_name(data->x509.get()));
  data->not_before = ToTime(X509_get0_notBefore(data->x509.get()));
  data->not_after = ToTime(X509_get0_notAfter(data->x509.get()));
  data->names = *std::move(names);
  // Computing the extension flags here, once, also keeps OpenSSL from doing so later from several threads.
  if ((X509_get_extension_flags(data->x509.get()) & EXFLAG_INVALID) != 0) {
    TakeError();
    return Malformed("an extension is malformed or contradicts another");
  }
  data->is_ca = (X509_get_extension_flags(data->x509.get()) & EXFLAG_CA) != 0;
  if (data->not_before == absl::InfinitePast() || data->not_after == absl::InfinitePast()) {
    return Malformed("its validity times cannot be read");
  }
  return Certificate(std::move(data));
}

std::string Certificate::Description() const {
  return absl::StrCat("subject \"", subject(), "\", issuer \"", issuer(), "\", valid ",
                      absl::FormatTime(kTimeFormat, not_before(), absl::UTCTimeZone()), " to ",
                      absl::FormatTime(kTimeFormat, not_after(), absl::UTCTimeZone()));
}

std::string EncodePem(absl::string_view der) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio(out.get(), "CERTIFICATE", "", reinterpret_cast<const unsigned char*>(der.data()),
                static_cast<long>(der.size()));
  return Contents(out.get());
}

absl::StatusOr<std::vector<std::string>> DecodePem(absl::string_view pem) {
  std::vector<std::string> certificates;
  const Owned<BIO> in = ReadFrom(pem);
  for (;;) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(in.get(), &name, &header, &data, &size) != 1) break;
    const std::string block = name;
    std::string der(reinterpret_cast<char*>(data), size);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, size);
    if (block != "CERTIFICATE") {
      return Malformed(
          absl::StrCat("a block is no certificate but \"", absl::CHexEscape(block.substr(0, kBlockNameShown)), "\""));
    }
    certificates.push_back(std::move(der));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string error = TakeError();
  if (!at_end) return Malformed(absl::StrCat("PEM block ", certificates.size() + 1, " is garbled: ", error));
  if (certificates.empty()) return Malformed("there is no certificate in it");
  if (!HasPemBlocks(pem, certificates.size())) return Malformed("a PEM block is cut off");
  return certificates;
}

absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem) {
  const absl::StatusOr<std::vector<std::string>> decoded = DecodePem(pem);
  if (!decoded.ok()) return decoded.status();
  std::vector<Certificate> certificates;
  for (const std::string& der : *decoded) {
    absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
    if (!certificate.ok()) {
      return Malformed(absl::StrCat("certificate ", certificates.size() + 1, ": ", certificate.status().message()));
    }
    certificates.push_back(*std::move(certificate));
  }
  return certificates;
}

}  // namespace pinion::x509
