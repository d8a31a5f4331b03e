#include "pinion/authorization/authorizer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/mutex.h"

namespace pinion {
namespace {

using Options = v1::AuditLoggingOptions;

// The limits of each field after escaping. The limit for a certificate's names suffices for any SPIFFE ID; the caller
// chooses the method of each call.
constexpr size_t kMaxNameBytes = 2048;
constexpr size_t kMaxMethodBytes = 256;

std::string Shortened(absl::string_view text, size_t max) {
  size_t end = 0;
  for (size_t escaped = 0; end < text.size(); ++end) {
    const char c = text[end];
    escaped += !absl::ascii_isprint(c) ? 6 : c == '"' || c == '\\' ? 2 : 1;
    if (escaped > max) break;
  }
  if (end == text.size()) return std::string(text);
  return absl::StrCat(text.substr(0, end), "...(", text.size() - end, " more bytes)");
}

std::string ShortName(absl::string_view name) { return Shortened(name, kMaxNameBytes); }

// The principal, as gRPC determines it.
absl::string_view PrincipalOf(const CallToAuthorize& call) {
  if (!call.uri_sans.empty()) return call.uri_sans.front();
  if (!call.dns_sans.empty()) return call.dns_sans.front();
  return call.subject;
}

// The peers of a caller; empty if its key is not proven to be one of their pins.
std::string PeerOf(const CallerPeers& peers) {
  return peers.are_proven ? ShortName(absl::StrJoin(peers.names, ",")) : "";
}

AuditedDecision Audited(const AuthorizationPolicy& policy, const Decision& decision) {
  return {ShortName(policy.name()), ShortName(decision.rule), decision.allowed};
}

std::string LoggersIn(const AuthorizationPolicy& policy) {
  Options loggers = policy.audit_logging_options();
  loggers.clear_audit_condition();
  return loggers.SerializeAsString();
}

// Why a call is denied without a rule.
constexpr std::array<DecisionReason, 3> kReasons = {DecisionReason::kNoRule, DecisionReason::kNotAMethodPath,
                                                    DecisionReason::kMalformedHeader};

bool Asks(Options::AuditCondition condition, bool allowed) {
  return condition == Options::ON_DENY_AND_ALLOW || condition == (allowed ? Options::ON_ALLOW : Options::ON_DENY);
}

}  // namespace

struct Authorizer::Snapshot {
  std::shared_ptr<const AuthorizationPolicy> policy;
  std::shared_ptr<const AuthorizationPolicy> shadow;  // null without a shadow policy or a receiver
  std::shared_ptr<AuditLoggers> loggers;              // null if there are none
  bool reports_denied = false;
  bool reports_allowed = false;
  // Whether the loggers also receive these events.
  bool reports_to_loggers = false;

  // Owned by counters_.
  CallCounter* allowed = nullptr;
  std::array<CallCounter*, kReasons.size()> denied = {};  // as kReasons
  absl::flat_hash_map<absl::string_view, CallCounter*> denied_by_rule;

  CallCounter* CounterOf(const Decision& decision) const {
    if (decision.allowed) return allowed;
    if (decision.reason == DecisionReason::kDenyRule) return denied_by_rule.find(decision.rule)->second;
    return denied.at(std::find(kReasons.begin(), kReasons.end(), decision.reason) - kReasons.begin());
  }
};

Authorizer::Authorizer(std::shared_ptr<const AuthorizationPolicy> policy,
                       std::shared_ptr<const AuthorizationPolicy> shadow, std::shared_ptr<EventSink> events,
                       std::function<absl::Time()> clock, std::shared_ptr<CallCounters> counters)
    : counters_(std::move(counters)), events_(std::move(events)), clock_(std::move(clock)), queue_(events_) {
  Use(std::move(policy), std::move(shadow));
}

Authorizer::~Authorizer() = default;

void Authorizer::Use(std::shared_ptr<const AuthorizationPolicy> policy,
                     std::shared_ptr<const AuthorizationPolicy> shadow) {
  const MutexLock lock(using_);
  const Options& options = policy->audit_logging_options();
  auto next = std::make_shared<Snapshot>();
  if (snapshot_ != nullptr && LoggersIn(*snapshot_->policy) == LoggersIn(*policy)) {
    next->loggers = snapshot_->loggers;
  } else if (options.audit_loggers_size() > 0) {
    next->loggers = std::make_shared<AuditLoggers>(options);
  }
  const bool has_listener = events_ != nullptr || next->loggers != nullptr;
  next->reports_to_loggers = options.audit_condition() != Options::AUDIT_CONDITION_UNSPECIFIED;
  next->reports_denied = next->reports_to_loggers ? has_listener && Asks(options.audit_condition(), false)  //
                                                  : events_ != nullptr;
  next->reports_allowed = has_listener && Asks(options.audit_condition(), true);
  next->allowed = counters_->Of(true, ToString(DecisionReason::kAllowRule));
  for (size_t i = 0; i < kReasons.size(); ++i) next->denied.at(i) = counters_->Of(false, ToString(kReasons.at(i)));
  for (const Rule& rule : policy->rules()) {
    if (rule.effect != Effect::kDeny) continue;
    next->denied_by_rule[rule.name] = counters_->Of(false, ToString(DecisionReason::kDenyRule), rule.name);
  }
  next->policy = std::move(policy);
  if (has_listener) next->shadow = std::move(shadow);
  std::atomic_store(&snapshot_, std::shared_ptr<const Snapshot>(std::move(next)));
}

bool Authorizer::Allow(const CallToAuthorize& call) {
  const std::shared_ptr<const Snapshot> now = std::atomic_load(&snapshot_);
  const Decision decision = now->policy->Evaluate(call);
  now->CounterOf(decision)->Add();
  if (now->shadow != nullptr) {
    const Decision shadow = now->shadow->Evaluate(call);
    if (shadow.allowed != decision.allowed) {
      Report(*now, call, decision, &shadow);
      return decision.allowed;
    }
  }
  if (decision.allowed ? now->reports_allowed : now->reports_denied) Report(*now, call, decision, nullptr);
  return decision.allowed;
}

void Authorizer::Report(const Snapshot& snapshot, const CallToAuthorize& call, const Decision& decision,
                        const Decision* differing_shadow) {
  AuditItem item;
  AuditEvent& event = item.event;
  event.time = clock_();
  event.rpc_method = Shortened(call.path, kMaxMethodBytes);
  event.principal = ShortName(PrincipalOf(call));
  event.decision = Audited(*snapshot.policy, decision);
  if (differing_shadow != nullptr) event.shadow = Audited(*snapshot.shadow, *differing_shadow);
  if (call.peers != nullptr) event.peer = PeerOf(call.peers());
  if (call.pin != nullptr) event.pin = ShortName(call.pin());
  event.subject = ShortName(call.subject);
  if (snapshot.reports_to_loggers || differing_shadow != nullptr) item.loggers = snapshot.loggers;
  counters_->AddAuditLost(queue_.Push(std::move(item)));
}

}  // namespace pinion
