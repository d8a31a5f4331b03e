// All the ways from a leaf to a trust root, one after the other. Private to x509/path/.
#ifndef PINION_X509_PATH_PATH_SEARCH_H_
#define PINION_X509_PATH_PATH_SEARCH_H_

#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/path/purpose.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion::x509 {

// Intermediates between leaf and root; far above what any sane CA issues.
constexpr int kMaxIntermediates = 8;

// For one search, by one thread. Depth first, roots before intermediates, these in the order in which they were sent.
// Only steps whose signature verifies are taken, and no name with its key twice, so that loops end. CAs that are
// outside of their time, that are restricted to other purposes or that have keys of other kinds are left out: no path
// over them is accepted.
class PathSearch {
 public:
  // In all; some tens of milliseconds, whatever a peer sends. A path that is found costs as many as it has steps, since
  // the check verifies them again.
  static constexpr int kMaxSignatureChecks = 64;

  PathSearch(const std::vector<Certificate>& candidates, const TrustRoots& roots, Purpose purpose, absl::Time now);

  // Leaf first, root last; true ends the search.
  using TryPath = std::function<bool(const std::vector<Certificate>&)>;
  // Whether a path was accepted.
  bool Run(const Certificate& leaf, const TryPath& try_path);

  // At most kMaxSignatureChecks and one path's more.
  int signature_checks() const { return signature_checks_; }
  // Whether the search ended with paths untried.
  bool gave_up() const { return signature_checks_ >= kMaxSignatureChecks; }

 private:
  bool Extend(const TryPath& try_path);
  // Whether `issuer` may follow the path's end.
  bool IsNext(const Certificate& issuer);

  std::vector<Certificate> candidates_;
  std::vector<Certificate> roots_;
  std::vector<Certificate> path_;
  int signature_checks_ = 0;
};

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_PATH_SEARCH_H_
