// Policy files. An accepted file decides a few calls as a naive reading of the same file does.
#include <set>
#include <string>

#include "pinion/authorization/policy.h"
#include "pinion/authorization/recorded_call.h"
#include "pinion/json/strict.h"
#include "tests/authorization/naive_policy.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

v1::RecordedCall Call(const std::string& path, const std::string& uri, const std::string& peer) {
  v1::RecordedCall call;
  call.set_path(path);
  call.add_uri_sans(uri);
  call.set_subject("CN=test leaf");
  if (!peer.empty()) call.add_peers(peer);
  for (const char* value : {"eu", "us-1"}) {
    call.add_headers()->set_key("x-region");
    call.mutable_headers()->rbegin()->set_value(value);
  }
  return call;
}

const std::vector<v1::RecordedCall>& Calls() {
  static const auto* const calls =
      new std::vector<v1::RecordedCall>{Call("/payments.Ledger/Read", "spiffe://prod/orders", "orders"),
                                        Call("/payments.Ledger/Write", "spiffe://prod/audit", ""),
                                        Call("/grpc.health.v1.Health/Check", "spiffe://prod/orders", ""),
                                        Call("payments.Ledger/Read", "spiffe://prod/orders", "orders")};
  return *calls;
}

void RequireRules(const v1::AuthorizationPolicy& file) {
  Require(!file.name().empty() && file.allow_rules_size() > 0, "a policy has a name and an allow rule");
  std::set<std::string> names;
  for (const auto* rules : {&file.deny_rules(), &file.allow_rules()}) {
    for (const v1::AuthorizationRule& rule : *rules) {
      Require(!rule.name().empty() && names.insert(rule.name()).second, "a rule has a unique name", rule.name());
    }
  }
}

void Check(absl::string_view text) {
  const auto policy = AuthorizationPolicy::FromJson(text, "policy.json");
  v1::AuthorizationPolicy file;
  const bool is_json = json::Parse(text, "policy.json", &file).ok();
  const auto same = is_json ? AuthorizationPolicy::FromProto(file) : policy.status();
  Require(policy.ok() == same.ok(), "the file and its message are judged alike", policy.status().ToString());
  fuzz::CountInput(policy.ok());
  if (!policy.ok()) {
    fuzz::RequirePlacedError(policy.status(), "policy.json");
    fuzz::RequirePrintable(same.status().message());
    return;
  }
  RequireRules(file);
  for (const v1::RecordedCall& call : Calls()) {
    const Decision decision = (*policy)->Evaluate(ViewOf(call));
    Require(ToString(decision) == NaiveOutcome(file, call), "the decision is that of the naive evaluator",
            ToString(decision));
    Require(!decision.allowed || IsAllowedByA43(file, call), "no call that A43 denies is allowed", call.path());
    for (const RuleFinding& finding : (*policy)->Explain(ViewOf(call))) fuzz::RequirePrintable(finding.mismatch);
  }
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
