#include "pinion/x509/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/openssl.h"
#include "pinion/x509/spki.h"

namespace pinion::x509 {
namespace {

constexpr size_t kBlockNameShown = 200;
constexpr char kTimeFormat[] = "%E4Y-%m-%d%ET%H:%M:%SZ";

absl::Status Malformed(absl::string_view why) { return absl::InvalidArgumentError(why); }

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
