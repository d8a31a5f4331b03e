#include "pinion/identity/peer_roots.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pinion {

absl::StatusOr<std::shared_ptr<const x509::TrustRoots>> PeerRootsFromPem(absl::string_view kind, absl::string_view pem,
                                                                         absl::string_view file) {
  absl::StatusOr<x509::TrustRoots> roots = x509::TrustRoots::FromPem(pem);
  if (roots.ok()) return std::make_shared<const x509::TrustRoots>(*std::move(roots));
  return absl::InvalidArgumentError(
      absl::StrCat("trust: ", kind, file.empty() ? "" : absl::StrCat("_file (", absl::CHexEscape(file), ")"), ": ",
                   roots.status().message()));
}

std::string LostRoots(const x509::TrustRoots* before, const x509::TrustRoots& after) {
  constexpr size_t kShown = 8;
  if (before == nullptr) return "";
  std::vector<std::string> lost;
  for (const x509::Certificate& root : before->certificates()) {
    const std::vector<x509::Certificate>& now = after.certificates();
    const bool stays =
        std::any_of(now.begin(), now.end(), [&root](const auto& one) { return one.der() == root.der(); });
    if (!stays) lost.push_back(absl::StrCat("\"", root.subject(), "\""));
  }
  if (lost.empty()) return "";
  const size_t left_out = lost.size() > kShown ? lost.size() - kShown : 0;
  lost.resize(lost.size() - left_out);
  return absl::StrCat("no longer trusted: ", absl::StrJoin(lost, ", "),
                      left_out > 0 ? absl::StrCat(" and ", left_out, " more") : "",
                      "; peers whose certificates only these CAs have issued are refused");
}

}  // namespace pinion
