#include "pinion/x509/path/trust_roots.h"

#include <openssl/err.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"

namespace pinion::x509 {
namespace {

absl::Status NoStore() { return absl::InternalError(absl::StrCat("OpenSSL cannot store trust roots: ", TakeError())); }

}  // namespace

absl::StatusOr<TrustRoots> TrustRoots::FromPem(absl::string_view pem) {
  absl::StatusOr<std::vector<Certificate>> certificates = ParsePem(pem);
  if (!certificates.ok()) return certificates.status();
  TrustRoots roots;
  roots.store_.reset(X509_STORE_new(), OpenSslDeleter());
  if (roots.store_ == nullptr) return NoStore();
  for (const Certificate& root : *certificates) {
    if (!root.is_ca() || X509_get_version(root.handle()) != X509_VERSION_3) {
      return absl::InvalidArgumentError(
          absl::StrCat("a trust root must be a CA (X.509 version 3, basicConstraints CA:TRUE): ", root.Description()));
    }
    if (X509_STORE_add_cert(roots.store_.get(), root.handle()) != 1) return NoStore();
  }
  roots.certificates_ = *std::move(certificates);
  return roots;
}

TrustRoots TrustRoots::AssumedFor(const std::vector<Certificate>& own_chain) {
  const auto last_ca =
      std::find_if(own_chain.rbegin(), own_chain.rend(), [](const Certificate& one) { return one.is_ca(); });
  TrustRoots roots;
  roots.store_.reset(X509_STORE_new(), OpenSslDeleter());
  roots.certificates_ = {last_ca == own_chain.rend() ? own_chain.front() : *last_ca};
  // If OpenSSL fails here, BuildPath reports it.
  if (roots.store_ != nullptr && X509_STORE_add_cert(roots.store_.get(), roots.certificates_.front().handle()) != 1) {
    roots.store_.reset();
  }
  return roots;
}

bool TrustRoots::Anchor(const std::vector<Certificate>& chain) const {
  const auto names_its_key = [](const Certificate& root, const Certificate& one) {
    return X509_get0_authority_key_id(one.handle()) != nullptr && X509_get0_subject_key_id(root.handle()) != nullptr;
  };
  const auto anchors = [&](const Certificate& root, const Certificate& one) {
    if (root.digest() == one.digest()) return true;
    // X509_check_issued compares the names, and the key identifiers if both certificates have one.
    return X509_check_issued(root.handle(), one.handle()) == X509_V_OK &&
           (names_its_key(root, one) || X509_verify(one.handle(), X509_get0_pubkey(root.handle())) == 1);
  };
  const bool found = std::any_of(certificates_.begin(), certificates_.end(), [&](const Certificate& root) {
    return std::any_of(chain.begin(), chain.end(), [&](const Certificate& one) { return anchors(root, one); });
  });
  ERR_clear_error();
  return found;
}

std::string TrustRoots::ToPem() const {
  std::string pem;
  for (const Certificate& root : certificates_) absl::StrAppend(&pem, EncodePem(root.der()));
  return pem;
}

size_t TrustRoots::NameBytes() const {
  constexpr size_t kLength = 2;
  size_t bytes = 0;
  for (const Certificate& root : certificates_) {
    const int size = i2d_X509_NAME(X509_get_subject_name(root.handle()), nullptr);
    bytes += kLength + static_cast<size_t>(std::max(size, 0));
  }
  return bytes;
}

bool TrustRoots::operator==(const TrustRoots& other) const {
  return store_ == other.store_ ||
         std::equal(certificates_.begin(), certificates_.end(), other.certificates_.begin(), other.certificates_.end(),
                    [](const Certificate& a, const Certificate& b) { return a.digest() == b.digest(); });
}

}  // namespace pinion::x509
