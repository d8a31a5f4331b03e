#include "tools/pinion/pin_file/key_argument.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"

namespace pinion::cli {
namespace {

// The certificate, if the bytes are exactly one.
std::optional<x509::Certificate> OnlyCertificate(const std::string& bytes) {
  if (auto certificate = x509::Certificate::FromDer(bytes); certificate.ok()) return *std::move(certificate);
  auto certificates = x509::ParsePem(bytes);
  if (!certificates.ok() || certificates->size() != 1) return std::nullopt;
  return std::move(certificates->front());
}

}  // namespace

absl::StatusOr<Pin> KeyArgument::AsPin(PinKind kind) const {
  if (kind != PinKind::kCertificate || is_text) return Pin{kind, digest};
  if (certificate_digest.has_value()) return Pin{kind, *certificate_digest};
  return absl::InvalidArgumentError("a certificate pin needs a file with one certificate and nothing else");
}

bool KeyArgument::IsFor(const Pin& pin) const {
  const absl::StatusOr<Pin> own = AsPin(pin.kind);
  return own.ok() && *own == pin;
}

absl::StatusOr<KeyArgument> ParseKeyArgument(const std::string& text) {
  KeyArgument key;
  if (absl::StartsWith(text, "sha256/")) {
    const absl::StatusOr<x509::Sha256Digest> digest = x509::FromPinText(text);
    if (!digest.ok()) return digest.status();
    key.digest = *digest;
    key.is_text = true;
    return key;
  }
  const absl::StatusOr<std::string> bytes = ReadInput(text);
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(
        absl::StrCat(bytes.status().message(), "; give a file that holds the key, or its pin, sha256/..."));
  }
  if (!bytes.ok()) return bytes.status();
  const absl::StatusOr<std::vector<x509::FoundKey>> found = x509::FindKeys(*bytes);
  if (!found.ok())
    return absl::InvalidArgumentError(absl::StrCat(absl::CHexEscape(text), ": ", found.status().message()));
  key.digest = found->front().spki_digest;
  const bool is_one = std::all_of(found->begin(), found->end(),
                                  [&key](const x509::FoundKey& one) { return one.spki_digest == key.digest; });
  if (!is_one) {
    std::string error =
        absl::StrCat(absl::CHexEscape(text), " holds several keys; give the pin of the one that is meant:");
    for (const x509::FoundKey& one : *found) {
      absl::StrAppend(&error, "\n  ", x509::ToPinText(one.spki_digest), "  ", one.source);
    }
    return absl::InvalidArgumentError(error);
  }
  if (const std::optional<x509::Certificate> certificate = OnlyCertificate(*bytes); certificate.has_value()) {
    key.certificate_digest = certificate->digest();
    key.is_ca = certificate->is_ca();
  }
  return key;
}

}  // namespace pinion::cli
