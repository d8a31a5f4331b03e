#include "tools/pinion/input_kind.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "pinion/json/token_walker.h"
#include "pinion/x509/certificate.h"

namespace pinion::cli {
namespace {

// The keys of the outermost object, and those of the objects in it, as paths: "trust", "trust.client_roots_file".
class TopKeys final : public json::TokenWalker {
 public:
  using TokenWalker::TokenWalker;

  bool Has(const std::string& name) const { return keys_.count(name) > 0; }

 private:
  bool OnValue(const Value& value) override {
    if (value.kind == Kind::kObject || value.kind == Kind::kArray) ++depth_;
    return true;
  }
  bool OnKey(const std::string& name) override {
    if (depth_ > kDeepest) return true;
    path_.resize(depth_ - 1);
    path_.push_back(name);
    keys_.insert(absl::StrJoin(path_, "."));
    return true;
  }
  bool OnEnd() override {
    --depth_;
    return true;
  }

  static constexpr size_t kDeepest = 3;

  size_t depth_ = 0;
  std::vector<std::string> path_;  // an array is an empty part
  std::set<std::string> keys_;
};

bool IsConfig(const TopKeys& top) {
  return top.Has("identity") || top.Has("trust") || top.Has("pin_set") || top.Has("server");
}

InputKind ConfigKindOf(const TopKeys& top) {
  const bool serves = top.Has("server") || top.Has("trust.client_roots_file");
  if (!serves) return InputKind::kClientConfig;
  const bool calls = top.Has("trust.server_roots_file") || top.Has("pin_set.documents.server_roots");
  return calls ? InputKind::kClientAndServerConfig : InputKind::kServerConfig;
}

// Whether it begins as JSON does, a comment included; a string in it may look like PEM.
bool LooksLikeJson(absl::string_view contents) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(contents);
  return absl::StartsWith(text, "{") || absl::StartsWith(text, "//") || absl::StartsWith(text, "/*");
}

InputKind KindOfKeyFile(absl::string_view contents) {
  if (absl::StrContains(contents, "PRIVATE KEY-----")) return InputKind::kPrivateKey;
  const bool is_certificate = absl::StrContains(contents, "-----BEGIN ") || x509::Certificate::FromDer(contents).ok();
  return is_certificate ? InputKind::kCertificates : InputKind::kUnknown;
}

}  // namespace

InputKind KindOf(absl::string_view contents) {
  if (!LooksLikeJson(contents)) return KindOfKeyFile(contents);
  TopKeys top(contents);
  top.Walk();
  if (top.Has("written") && (top.Has("peers") || top.Has("presented"))) return InputKind::kCensus;
  if (top.Has("written")) return InputKind::kStatus;
  if (IsConfig(top)) return ConfigKindOf(top);
  if (top.Has("peers")) return InputKind::kPinSet;
  if (top.Has("allow_rules") || top.Has("deny_rules")) return InputKind::kPolicy;
  return InputKind::kUnknown;
}

}  // namespace pinion::cli
