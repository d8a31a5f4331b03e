#include "pinion/x509/spiffe_id.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace pinion::x509 {
namespace {

constexpr absl::string_view kScheme = "spiffe://";
constexpr size_t kMaxBytes = 2048;
constexpr size_t kMaxTrustDomainBytes = 255;
constexpr absl::string_view kLowerCase = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
constexpr absl::string_view kUpperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// The broken rule; empty if there is none.
std::string Fault(absl::string_view uri) {
  if (uri.size() > kMaxBytes) return absl::StrCat("it is longer than ", kMaxBytes, " bytes");
  if (!absl::StartsWith(uri, kScheme)) return "it must begin with spiffe://, in lower case";
  const absl::string_view rest = uri.substr(kScheme.size());
  const absl::string_view domain = rest.substr(0, rest.find('/'));
  if (domain.empty()) return "it has no trust domain";
  if (domain.size() > kMaxTrustDomainBytes) return "its trust domain is longer than 255 bytes";
  if (domain.find_first_not_of(kLowerCase) != absl::string_view::npos) {
    return "a trust domain has lower-case letters, digits, '.', '-' and '_' alone: no port, user, query or escape";
  }
  if (domain.size() == rest.size()) return "it has no path, so it names a whole trust domain and no workload";
  for (const absl::string_view segment : absl::StrSplit(rest.substr(domain.size() + 1), '/')) {
    if (segment.empty()) return "its path has an empty segment, or ends with '/'";
    if (segment == "." || segment == "..") return "its path has the segment \".\" or \"..\"";
    if (segment.find_first_not_of(absl::StrCat(kLowerCase, kUpperCase)) != absl::string_view::npos) {
      return "a path has letters, digits, '.', '-' and '_' alone: no query, fragment or escape";
    }
  }
  return "";
}

}  // namespace

bool IsSpiffeUri(absl::string_view uri) { return absl::StartsWithIgnoreCase(uri, "spiffe:"); }

absl::Status CheckSpiffeId(absl::string_view uri) {
  const std::string fault = Fault(uri);
  if (fault.empty()) return absl::OkStatus();
  constexpr size_t kShown = 100;
  return absl::InvalidArgumentError(absl::StrCat("\"", absl::CHexEscape(uri.substr(0, kShown)),
                                                 uri.size() > kShown ? "..." : "", "\" is not a SPIFFE ID: ", fault));
}

absl::Status CheckSpiffeIds(const std::vector<std::string>& uris) {
  for (const std::string& uri : uris) {
    if (!IsSpiffeUri(uri)) continue;
    if (absl::Status status = CheckSpiffeId(uri); !status.ok()) return status;
    if (uris.size() > 1) {
      return absl::InvalidArgumentError("a certificate with a SPIFFE ID has no other URI (X509-SVID, section 2)");
    }
  }
  return absl::OkStatus();
}

}  // namespace pinion::x509
