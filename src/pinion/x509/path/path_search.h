// Enumerates the paths from a leaf to a trust root. Private to x509/path/.
#ifndef PINION_X509_PATH_PATH_SEARCH_H_
#define PINION_X509_PATH_PATH_SEARCH_H_

#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/path/purpose.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion::x509 {

// The maximum number of intermediates between leaf and root; far more than a reasonable CA issues.
constexpr int kMaxIntermediates = 8;

// For one search on one thread. The search is depth first, with roots before intermediates, and intermediates in the
// order in which they were sent. It follows only steps with a valid signature and uses no pair of name and key twice,
// so that loops end. It skips CAs that are not valid now, that are restricted to other purposes, or that have keys of
// other kinds, since no path through them would be accepted.
class PathSearch {
 public:
  // The total limit: some tens of milliseconds, regardless of the peer's input. A path that is found adds as many
  // checks as it has steps, since its verification repeats them.
  static constexpr int kMaxSignatureChecks = 64;

  PathSearch(const std::vector<Certificate>& candidates, const TrustRoots& roots, Purpose purpose, absl::Time now);

  // Receives a path, leaf first, root last; returns true to end the search.
  using TryPath = std::function<bool(const std::vector<Certificate>&)>;
  // Returns whether a path was accepted.
  bool Run(const Certificate& leaf, const TryPath& try_path);

  // At most kMaxSignatureChecks plus the checks of one path.
  int signature_checks() const { return signature_checks_; }
  // Whether the search stopped at the limit.
  bool gave_up() const { return signature_checks_ >= kMaxSignatureChecks; }

 private:
  bool Extend(const TryPath& try_path);
  // Whether `issuer` may be the next certificate of the path.
  bool IsNext(const Certificate& issuer);

  std::vector<Certificate> candidates_;
  std::vector<Certificate> roots_;
  std::vector<Certificate> path_;
  int signature_checks_ = 0;
};

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_PATH_SEARCH_H_
