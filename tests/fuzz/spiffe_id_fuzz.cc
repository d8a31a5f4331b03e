// SPIFFE IDs, compared with a reading of each character by the specification's lists.
#include <string>
#include <vector>

#include "pinion/x509/spiffe_id.h"
#include "tests/fuzz/invariant.h"

namespace pinion::x509 {
namespace {

bool IsNaiveCharacter(char c, bool in_path) {
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_') return true;
  return in_path && c >= 'A' && c <= 'Z';
}

bool IsNaiveSpiffeId(const std::string& uri) {
  const std::string scheme = "spiffe://";
  if (uri.size() > 2048 || uri.compare(0, scheme.size(), scheme) != 0) return false;
  std::vector<std::string> segments(1);
  for (size_t i = scheme.size(); i < uri.size(); ++i) {
    if (uri[i] == '/') {
      segments.emplace_back();
    } else if (IsNaiveCharacter(uri[i], segments.size() > 1)) {
      segments.back() += uri[i];
    } else {
      return false;
    }
  }
  if (segments.size() < 2 || segments[0].size() > 255) return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].empty() || (i > 0 && (segments[i] == "." || segments[i] == ".."))) return false;
  }
  return true;
}

bool Check(const std::string& uri) {
  const absl::Status status = CheckSpiffeId(uri);
  fuzz::Require(status.ok() == IsNaiveSpiffeId(uri), "the check follows the specification", uri);
  fuzz::Require(!status.ok() || IsSpiffeUri(uri), "a SPIFFE ID is a SPIFFE URI", uri);
  fuzz::Require(CheckSpiffeIds({uri}).ok() == (status.ok() || !IsSpiffeUri(uri)), "a single URI is judged by itself",
                uri);
  fuzz::Require(CheckSpiffeIds({uri, "https://a"}).ok() == !IsSpiffeUri(uri), "a SPIFFE ID has no other URI beside it",
                uri);
  return status.ok();
}

}  // namespace
}  // namespace pinion::x509

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool is_one = pinion::x509::Check(text);
  pinion::fuzz::CountInput(pinion::x509::Check("spiffe://" + text) || is_one);
  return 0;
}
