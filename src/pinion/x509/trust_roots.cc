#include "pinion/x509/trust_roots.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/x509/openssl.h"

namespace pinion::x509 {

absl::StatusOr<TrustRoots> TrustRoots::FromPem(absl::string_view pem) {
  absl::StatusOr<std::vector<Certificate>> certificates = ParsePem(pem);
  if (!certificates.ok()) return certificates.status();
  TrustRoots roots;
  roots.store_.reset(X509_STORE_new(), OpenSslDeleter());
  for (const Certificate& root : *certificates) {
    if (!root.is_ca() || X509_get_version(root.handle()) != X509_VERSION_3) {
      return absl::InvalidArgumentError(
          absl::StrCat("a trust root must be a CA (X.509 version 3, basicConstraints CA:TRUE): ", root.Description()));
    }
    X509_STORE_add_cert(roots.store_.get(), root.handle());
  }
  roots.certificates_ = *std::move(certificates);
  return roots;
}

std::string TrustRoots::ToPem() const {
  std::string pem;
  for (const Certificate& root : certificates_) absl::StrAppend(&pem, EncodePem(root.der()));
  return pem;
}

bool TrustRoots::operator==(const TrustRoots& other) const {
  return store_ == other.store_ ||
         std::equal(certificates_.begin(), certificates_.end(), other.certificates_.begin(), other.certificates_.end(),
                    [](const Certificate& a, const Certificate& b) { return a.digest() == b.digest(); });
}

}  // namespace pinion::x509
