#include "tools/pinion/input_kind.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "pinion/json/token_walker.h"
#include "pinion/x509/certificate.h"

namespace pinion::cli {
namespace {

// The keys of the outermost object.
class TopKeys final : public json::TokenWalker {
 public:
  using TokenWalker::TokenWalker;

  bool HasAnyOf(const std::set<std::string>& names) const {
    for (const std::string& name : names) {
      if (keys_.count(name) > 0) return true;
    }
    return false;
  }

 private:
  bool OnValue(const Value& value) override {
    if (value.kind == Kind::kObject || value.kind == Kind::kArray) ++depth_;
    return true;
  }
  bool OnKey(const std::string& name) override {
    if (depth_ == 1) keys_.insert(name);
    return true;
  }
  bool OnEnd() override {
    --depth_;
    return true;
  }

  int depth_ = 0;
  std::set<std::string> keys_;
};

}  // namespace

InputKind KindOf(absl::string_view contents) {
  if (absl::StrContains(contents, "PRIVATE KEY-----")) return InputKind::kPrivateKey;
  if (absl::StrContains(contents, "-----BEGIN ")) return InputKind::kCertificates;
  if (x509::Certificate::FromDer(contents).ok()) return InputKind::kCertificates;
  TopKeys top(contents);
  top.Walk();
  if (top.HasAnyOf({"authorization", "authorization_policy_file", "shadow_policy_file", "client_pins"})) {
    return InputKind::kServerConfig;
  }
  if (top.HasAnyOf({"identity", "pin_set_file"})) return InputKind::kClientConfig;
  if (top.HasAnyOf({"peers"})) return InputKind::kPinSet;
  if (top.HasAnyOf({"allow_rules", "deny_rules"})) return InputKind::kPolicy;
  return InputKind::kUnknown;
}

}  // namespace pinion::cli
