#include "pinion/x509/path/path_search.h"

#include <algorithm>

#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/key.h"
#include "pinion/x509/path/path_rules.h"

namespace pinion::x509 {
namespace {

// The conditions for CAs on an accepted path that can be checked without verifying a signature.
std::vector<Certificate> Usable(const std::vector<Certificate>& cas, Purpose purpose, absl::Time now) {
  std::vector<Certificate> usable;
  std::copy_if(cas.begin(), cas.end(), std::back_inserter(usable), [purpose, now](const Certificate& ca) {
    return ca.is_ca() && ca.not_before() <= now && now < ca.not_after() && IsFor(ca, purpose) &&
           CheckKeyIsAllowed(X509_get0_pubkey(ca.handle())).ok();
  });
  return usable;
}

bool IsSameCa(const Certificate& a, const Certificate& b) {
  return a.spki_digest() == b.spki_digest() &&
         X509_NAME_cmp(X509_get_subject_name(a.handle()), X509_get_subject_name(b.handle())) == 0;
}

}  // namespace

PathSearch::PathSearch(const std::vector<Certificate>& candidates, const TrustRoots& roots, Purpose purpose,
                       absl::Time now)
    : candidates_(Usable(candidates, purpose, now)), roots_(Usable(roots.certificates(), purpose, now)) {}

bool PathSearch::Run(const Certificate& leaf, const TryPath& try_path) {
  path_ = {leaf};
  return Extend(try_path);
}

bool PathSearch::Extend(const TryPath& try_path) {
  for (const Certificate& root : roots_) {
    if (!IsNext(root)) continue;
    path_.push_back(root);
    signature_checks_ += static_cast<int>(path_.size()) - 1;
    const bool accepted = try_path(path_);
    path_.pop_back();
    if (accepted) return true;
  }
  if (static_cast<int>(path_.size()) > kMaxIntermediates) return false;
  for (const Certificate& candidate : candidates_) {
    if (!IsNext(candidate)) continue;
    path_.push_back(candidate);
    const bool accepted = Extend(try_path);
    path_.pop_back();
    if (accepted) return true;
  }
  return false;
}

bool PathSearch::IsNext(const Certificate& issuer) {
  const auto is_same = [&issuer](const Certificate& one) { return IsSameCa(one, issuer); };
  if (gave_up() || std::any_of(path_.begin(), path_.end(), is_same)) return false;
  X509* const subject = path_.back().handle();
  if (X509_check_issued(issuer.handle(), subject) != X509_V_OK) return false;
  ++signature_checks_;
  return X509_verify(subject, X509_get0_pubkey(issuer.handle())) == 1;
}

}  // namespace pinion::x509
