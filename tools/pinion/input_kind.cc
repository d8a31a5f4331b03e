#include "tools/pinion/input_kind.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/json/token_walker.h"
#include "pinion/x509/certificate.h"

namespace pinion::cli {
namespace {

// The keys of the outermost object, and those of the objects in it: "trust", "trust.client_roots_file".
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
    if (depth_ == 1) outer_ = name;
    if (depth_ == 1) keys_.insert(name);
    if (depth_ == 2) keys_.insert(absl::StrCat(outer_, ".", name));
    return true;
  }
  bool OnEnd() override {
    --depth_;
    return true;
  }

  int depth_ = 0;
  std::string outer_;
  std::set<std::string> keys_;
};

bool IsConfig(const TopKeys& top) {
  return top.Has("identity") || top.Has("trust") || top.Has("pin_set") || top.Has("server");
}

InputKind ConfigKindOf(const TopKeys& top) {
  const bool serves = top.Has("server") || top.Has("trust.client_roots_file");
  if (!serves) return InputKind::kClientConfig;
  return top.Has("trust.server_roots_file") ? InputKind::kClientAndServerConfig : InputKind::kServerConfig;
}

}  // namespace

InputKind KindOf(absl::string_view contents) {
  if (absl::StrContains(contents, "PRIVATE KEY-----")) return InputKind::kPrivateKey;
  if (absl::StrContains(contents, "-----BEGIN ")) return InputKind::kCertificates;
  if (x509::Certificate::FromDer(contents).ok()) return InputKind::kCertificates;
  TopKeys top(contents);
  top.Walk();
  if (top.Has("written")) return InputKind::kStatus;
  if (IsConfig(top)) return ConfigKindOf(top);
  if (top.Has("peers")) return InputKind::kPinSet;
  if (top.Has("allow_rules") || top.Has("deny_rules")) return InputKind::kPolicy;
  return InputKind::kUnknown;
}

}  // namespace pinion::cli
