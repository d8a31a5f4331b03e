#include "pinion/authorization/audit/fair_audit_line.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace pinion {

void FairAuditLine::Push(AuditItem item, absl::Time now) {
  EndWindows(now);
  const std::string& name = item.event.principal;
  Caller& caller = callers_.try_emplace(name).first->second;
  caller.name = name;
  if (!item.event.decision.authorized && AddToWindow(&caller, &item, now)) return;
  if (!MakeRoom(caller)) {
    Drop(&caller, item.event.count);
    return;
  }
  ++caller.waiting;
  ++waiting_;
  AddDue(&caller, std::move(item));
}

std::optional<AuditItem> FairAuditLine::Take(absl::Time now) {
  EndWindows(now);
  if (turns_.empty()) return std::nullopt;
  Caller& caller = *turns_.front();
  turns_.pop_front();
  AuditItem item = std::move(caller.due.front());
  caller.due.pop_front();
  item.event.dropped = std::exchange(caller.dropped, 0);
  --caller.waiting;
  --waiting_;
  if (!caller.due.empty()) turns_.push_back(&caller);
  ForgetIfIdle(caller);
  return item;
}

absl::Time FairAuditLine::NextDue() const {
  if (!turns_.empty()) return absl::InfinitePast();
  return windows_.empty() ? absl::InfiniteFuture() : windows_.begin()->first;
}

FairAuditLine::RuleKey FairAuditLine::RuleOf(const AuditItem& item) {
  const AuditEvent& event = item.event;
  const auto key = [](const AuditedDecision& decision) {
    return absl::StrCat(decision.policy_name.size(), ":", decision.policy_name, decision.matched_rule);
  };
  return absl::StrCat(absl::Hex(reinterpret_cast<uintptr_t>(item.loggers.get())), " ", key(event.decision),
                      event.shadow.has_value() ? absl::StrCat("\n", key(*event.shadow)) : "");
}

bool FairAuditLine::AddToWindow(Caller* caller, AuditItem* item, absl::Time now) {
  RuleKey rule = RuleOf(*item);
  const auto open = caller->windows.find(rule);
  if (open == caller->windows.end()) {
    // The number of windows is limited to bound memory; further calls get a line each.
    if (windows_.size() >= kMaxWaiting) return false;
    const auto window = windows_.emplace(now + kRepeatWindow, Window{caller, rule, std::nullopt});
    caller->windows.emplace(std::move(rule), window);
    return false;
  }
  std::optional<AuditItem>& repeats = open->second->second.repeats;
  if (repeats.has_value()) {
    item->event.count += repeats->event.count;
  } else if (MakeRoom(*caller)) {
    ++caller->waiting;
    ++waiting_;
  } else {
    Drop(caller, item->event.count);
    return true;
  }
  repeats = std::move(*item);
  return true;
}

bool FairAuditLine::MakeRoom(const Caller& caller) {
  if (waiting_ < kMaxWaiting) return true;
  // No search is needed if the caller has reached its share.
  if (caller.waiting * callers_.size() >= kMaxWaiting) return false;
  const auto most = std::max_element(callers_.begin(), callers_.end(), [](const auto& a, const auto& b) {
    return a.second.due.size() < b.second.due.size();
  });
  Caller& greedy = most->second;
  if (greedy.due.size() < 2 || greedy.waiting <= caller.waiting) return false;
  Drop(&greedy, greedy.due.back().event.count);
  greedy.due.pop_back();
  --greedy.waiting;
  --waiting_;
  return true;
}

void FairAuditLine::AddDue(Caller* caller, AuditItem item) {
  if (caller->due.empty()) turns_.push_back(caller);
  caller->due.push_back(std::move(item));
}

void FairAuditLine::EndWindows(absl::Time now) {
  while (!windows_.empty() && windows_.begin()->first <= now) {
    Window window = std::move(windows_.begin()->second);
    windows_.erase(windows_.begin());
    Caller& caller = *window.caller;
    caller.windows.erase(window.rule);
    if (!window.repeats.has_value()) {
      ForgetIfIdle(caller);
      continue;
    }
    AddDue(&caller, *std::move(window.repeats));
    if (now == absl::InfiniteFuture()) continue;
    const auto next = windows_.emplace(now + kRepeatWindow, Window{&caller, window.rule, std::nullopt});
    caller.windows.emplace(std::move(window.rule), next);
  }
}

void FairAuditLine::Drop(Caller* caller, int64_t calls) {
  caller->dropped += calls;
  dropped_ += calls;
}

void FairAuditLine::ForgetIfIdle(const Caller& caller) {
  if (caller.waiting == 0 && caller.windows.empty() && caller.dropped == 0) callers_.erase(std::string(caller.name));
}

}  // namespace pinion
