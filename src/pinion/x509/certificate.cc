#include "pinion/x509/certificate.h"

#include <openssl/err.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/certificate_form.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/encoding/pem.h"
#include "pinion/x509/encoding/spki.h"

namespace pinion::x509 {
namespace {

constexpr size_t kBlockNameShown = 200;
constexpr char kCertificate[] = "CERTIFICATE";
constexpr char kTimeFormat[] = "%E4Y-%m-%d%ET%H:%M:%SZ";

absl::Status Malformed(absl::string_view why) { return absl::InvalidArgumentError(why); }

// Whether it is a private key, or the curve's parameters, which older tools write before it.
bool IsOfPrivateKey(absl::string_view label) {
  return label == "PRIVATE KEY" || absl::EndsWith(label, " PRIVATE KEY") || label == "EC PARAMETERS";
}

std::string AnotherBlock(absl::string_view label) {
  const std::string conversion = ConversionOf(label);
  return absl::StrCat("a block is not a certificate but \"", absl::CHexEscape(label.substr(0, kBlockNameShown)), "\"",
                      conversion.empty() ? "" : "; convert it with ", conversion);
}

}  // namespace

absl::Status Certificate::Describe(absl::string_view spki, Data* data) {
  const absl::StatusOr<Sha256Digest> spki_digest = Sha256(spki);
  if (!spki_digest.ok()) return spki_digest.status();
  const absl::StatusOr<Sha256Digest> digest = Sha256(data->der);
  if (!digest.ok()) return digest.status();
  absl::StatusOr<std::string> subject = NameText(X509_get_subject_name(data->x509.get()));
  if (!subject.ok()) return subject.status();
  absl::StatusOr<std::string> issuer = NameText(X509_get_issuer_name(data->x509.get()));
  if (!issuer.ok()) return issuer.status();
  data->spki_digest = *spki_digest;
  data->digest = *digest;
  data->subject = *std::move(subject);
  data->issuer = *std::move(issuer);
  return absl::OkStatus();
}

absl::StatusOr<Certificate> Certificate::FromDer(absl::string_view der) {
  const ErrorsCleared at_the_end;
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
  if (absl::Status status = CheckForm(der, data->x509.get()); !status.ok()) return status;

  data->der = std::string(der);
  if (absl::Status status = Describe(*spki, data.get()); !status.ok()) return status;
  data->not_before = ToTime(X509_get0_notBefore(data->x509.get()));
  data->not_after = ToTime(X509_get0_notAfter(data->x509.get()));
  data->names = *std::move(names);
  // Computing the extension flags once here also prevents OpenSSL from computing them later on several threads.
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

std::string EncodePem(absl::string_view der) { return WritePem(kCertificate, der); }

absl::StatusOr<std::vector<std::string>> DecodePem(absl::string_view pem, BesideCertificates beside) {
  absl::StatusOr<std::vector<PemBlock>> blocks = ReadPem(pem);
  if (!blocks.ok()) return blocks.status();
  std::vector<std::string> certificates;
  for (PemBlock& block : *blocks) {
    if (block.label == kCertificate) {
      certificates.push_back(std::move(block.der));
    } else if (beside != BesideCertificates::kPrivateKey || !IsOfPrivateKey(block.label)) {
      return Malformed(AnotherBlock(block.label));
    }
  }
  if (!certificates.empty()) return certificates;
  const std::string form = DescribeNonPem(pem);
  return Malformed(absl::StrCat("there is no certificate in it", form.empty() ? "" : "; ", form));
}

absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem, BesideCertificates beside) {
  const absl::StatusOr<std::vector<std::string>> decoded = DecodePem(pem, beside);
  if (!decoded.ok()) return decoded.status();
  std::vector<Certificate> certificates;
  for (const std::string& der : *decoded) {
    absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
    if (!certificate.ok()) {
      return absl::Status(certificate.status().code(),
                          absl::StrCat("certificate ", certificates.size() + 1, ": ", certificate.status().message()));
    }
    certificates.push_back(*std::move(certificate));
  }
  return certificates;
}

}  // namespace pinion::x509
