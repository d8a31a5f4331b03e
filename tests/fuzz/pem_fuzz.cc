// PEM bundles: read whole or not at all, by whoever reads them. Private keys are looked for, and never shown.
#include <openssl/err.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/trust_roots.h"
#include "tests/fuzz/invariant.h"

namespace pinion::x509 {
namespace {

using fuzz::Require;

size_t CountOf(absl::string_view text, absl::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != absl::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

void RequireBundle(const std::string& pem, const std::vector<std::string>& bundle) {
  Require(!bundle.empty() && bundle.size() == CountOf(pem, "-----BEGIN CERTIFICATE-----"),
          "as many certificates as begin in the text", pem);
  std::string canonical;
  for (const std::string& der : bundle) absl::StrAppend(&canonical, EncodePem(der));
  const absl::StatusOr<std::vector<std::string>> again = DecodePem(canonical);
  Require(again.ok() && *again == bundle, "written and read again, it is the same");
}

void Check(const std::string& pem) {
  const absl::StatusOr<std::vector<std::string>> bundle = DecodePem(pem);
  Require(ERR_peek_error() == 0, "OpenSSL's error queue is left empty");
  const absl::StatusOr<std::vector<Certificate>> certificates = ParsePem(pem);
  const absl::StatusOr<TrustRoots> roots = TrustRoots::FromPem(pem);
  const absl::StatusOr<std::vector<FoundKey>> keys = FindKeys(pem);
  const absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(pem);
  Require(ERR_peek_error() == 0, "OpenSSL's error queue is left empty");
  for (const absl::Status& status :
       {bundle.status(), certificates.status(), roots.status(), keys.status(), key.status()}) {
    Require(status.ok() || status.code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument");
    fuzz::RequirePrintable(status.message());
  }
  if (bundle.ok()) RequireBundle(pem, *bundle);
  Require(!certificates.ok() || (bundle.ok() && certificates->size() == bundle->size()), "each is read, or none is");
  Require(!roots.ok() || (certificates.ok() && roots->certificates().size() == certificates->size()),
          "each is an anchor, or none is");
  for (size_t i = 0; roots.ok() && i < certificates->size(); ++i) {
    Require((*certificates)[i].is_ca() && roots->certificates()[i].der() == (*certificates)[i].der(),
            "an anchor is a CA, and the one that was given");
  }
  for (size_t i = 0; certificates.ok() && i < certificates->size(); ++i) {
    Require(keys.ok() && (*keys)[i].spki_digest == (*certificates)[i].spki_digest(),
            "whoever asks for the pins is given those that are checked");
  }
  if (key.ok()) {
    const absl::StatusOr<PrivateKey> again = PrivateKey::FromPem(key->ToPem());
    Require(again.ok() && again->spki_digest() == key->spki_digest(), "a key written and read again is the same");
  }
  fuzz::CountInput(certificates.ok() || keys.ok() || key.ok());
}

}  // namespace
}  // namespace pinion::x509

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::x509::Check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
