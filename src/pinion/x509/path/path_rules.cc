#include "pinion/x509/path/path_rules.h"

#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/key.h"
#include "pinion/x509/name_constraints.h"
#include "pinion/x509/spiffe_id.h"

namespace pinion::x509 {
namespace {

using Broken = std::optional<BrokenRule>;

// The rules for the leaf only.
Broken CheckLeaf(const Certificate& leaf) {
  if (leaf.is_ca())
    return BrokenRule{v1::WRONG_PURPOSE, "the certificate is a CA's, not a peer's", PathCause::kWrongUsage};
  // UINT32_MAX if there is no keyUsage; nothing is then restricted.
  if ((X509_get_key_usage(leaf.handle()) & KU_DIGITAL_SIGNATURE) == 0) {
    return BrokenRule{
        v1::WRONG_PURPOSE,
        "the certificate has a keyUsage without digitalSignature, so its key may not sign a TLS handshake "
        "(RFC 8446, section 4.4.2.2)",
        PathCause::kWrongUsage};
  }
  const absl::Status spiffe = CheckSpiffeIds(leaf.names().uris);
  if (!spiffe.ok())
    return BrokenRule{v1::MALFORMED_CERTIFICATE, absl::StrCat("the certificate: ", spiffe.message()),
                      PathCause::kMalformed};
  return std::nullopt;
}

// The rules for every certificate of the path.
Broken CheckCertificate(const Certificate& certificate, size_t depth, bool is_anchor, Purpose purpose) {
  const std::string position = Position(depth);
  if (X509_get_version(certificate.handle()) != X509_VERSION_3) {
    return BrokenRule{v1::MALFORMED_CERTIFICATE, absl::StrCat(position, " is not X.509 version 3"),
                      PathCause::kMalformed, depth};
  }
  if (!IsFor(certificate, purpose)) {
    return BrokenRule{depth == 0 ? v1::WRONG_PURPOSE : v1::CHAIN_UNTRUSTED,
                      absl::StrCat(position, " has an extended key usage that does not include this one"),
                      PathCause::kWrongUsage, depth};
  }
  const absl::Status key = CheckKeyIsAllowed(X509_get0_pubkey(certificate.handle()));
  if (!key.ok())
    return BrokenRule{v1::KEY_NOT_ALLOWED, absl::StrCat(position, " has ", key.message()), PathCause::kKey, depth};
  // Trust in the anchor does not depend on its own signature.
  const absl::Status signature = is_anchor ? absl::OkStatus() : CheckSignatureIsAllowed(certificate);
  if (!signature.ok()) {
    return BrokenRule{v1::SIGNATURE_NOT_ALLOWED, absl::StrCat(position, " has ", signature.message()),
                      PathCause::kSignature, depth};
  }
  return std::nullopt;
}

}  // namespace

bool IsFor(const Certificate& certificate, Purpose purpose) {
  const uint32_t wanted = purpose == Purpose::kServerAuth ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
  return (X509_get_extended_key_usage(certificate.handle()) & wanted) != 0;
}

std::string Position(size_t depth) {
  return depth == 0 ? "the certificate" : absl::StrCat("issuing certificate ", depth, " on its path");
}

std::optional<BrokenRule> FindBrokenRule(const std::vector<Certificate>& path, Purpose purpose) {
  if (Broken broken = CheckLeaf(path.front()); broken.has_value()) return broken;
  for (size_t depth = 0; depth < path.size(); ++depth) {
    Broken broken = CheckCertificate(path[depth], depth, depth + 1 == path.size(), purpose);
    if (broken.has_value()) return broken;
  }
  std::string excluded = FindExcludedWildcard(path);
  if (!excluded.empty()) return BrokenRule{v1::CHAIN_UNTRUSTED, std::move(excluded), PathCause::kNameConstraint};
  return std::nullopt;
}

}  // namespace pinion::x509
