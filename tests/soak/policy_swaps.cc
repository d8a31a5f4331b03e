// The server's policy is replaced on disk again and again, while it decides calls on eight channels.
//
// Policies of odd and of even numbers deny one of two doors in turns. Both deny a third one, the wall, but an odd one
// by a deny rule and an even one because no allow rule covers it. A decision by the deny rules of one and the allow
// rules of the other would open it. What counts:
//  - a failed call: one that every policy allows, and that does not succeed
//  - a wrong decision: a call that is neither denied nor allowed; an open wall; a door whose state differs from the
//    policy that was in effect before the call began and until it ended; an audited decision with the name of one
//    policy and the rule, or the outcome, of another
#include <atomic>
#include <mutex>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/soak/doors.h"
#include "tests/soak/load.h"
#include "tests/soak/parts.h"
#include "tests/soak/site.h"

namespace pinion::soak {
namespace {

constexpr int kChannels = 8;
constexpr char kWall[] = "/soak.Doors/Wall";

std::string SwappedPolicy(int64_t number) {
  const bool is_odd = number % 2 != 0;
  const std::string shut = absl::StrCat("\"", ShutDoor(number), "\"", is_odd ? absl::StrCat(", \"", kWall, "\"") : "");
  const std::string open =
      is_odd ? R"("*")" : absl::StrCat(R"("/pinion.v1.Echo/*", ")", ShutDoor(0), R"(", ")", ShutDoor(1), "\"");
  return absl::StrCat(R"({"name": "policy-)", number, R"(", "deny_rules": [{"name": "shut-)", number,
                      R"(", "request": {"paths": [)", shut, R"(]}}], "allow_rules": [{"name": "open-)", number,
                      R"(", "request": {"paths": [)", open,
                      R"(]}}], "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW"}})");
}

// Calls without a pause, from construction to Stop.
class Knockers {
 public:
  explicit Knockers(const std::vector<std::shared_ptr<grpc::ChannelInterface>>& channels) {
    for (const auto& channel : channels) threads_.emplace_back([this, channel] { Knock(channel); });
  }
  ~Knockers() { Stop(); }
  Knockers(const Knockers&) = delete;
  Knockers& operator=(const Knockers&) = delete;

  void Stop() {
    stopped_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  int64_t knocks() const { return knocks_; }
  // Valid after Stop.
  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  void Knock(const std::shared_ptr<grpc::ChannelInterface>& channel) {
    while (!stopped_) {
      Try(channel, kWall);
      Try(channel, ShutDoor(knocks_));
    }
  }
  void Try(const std::shared_ptr<grpc::ChannelInterface>& channel, const std::string& door) {
    const grpc::StatusCode code = TryDoor(channel, door);
    ++knocks_;
    if (code == grpc::StatusCode::PERMISSION_DENIED) return;
    if (code == grpc::StatusCode::UNIMPLEMENTED && door != kWall) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    wrong_.push_back(absl::StrCat(door, ": code ", code));
  }

  std::atomic<bool> stopped_{false};
  std::atomic<int64_t> knocks_{0};
  std::mutex mutex_;
  std::vector<std::string> wrong_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

// The fault of an audited decision; empty when it is entirely that of the policy it names.
std::string Fault(const AuditEvent& event) {
  const AuditedDecision& decision = event.decision;
  absl::string_view number_text = decision.policy_name;
  int64_t number = 0;
  if (!absl::ConsumePrefix(&number_text, "policy-") || !absl::SimpleAtoi(number_text, &number)) {
    return absl::StrCat("decided by no policy: ", decision.policy_name);
  }
  if (number == 1) return "";  // the site's own, before the first swap
  const bool is_wall = event.rpc_method == kWall;
  const bool authorized = !is_wall && event.rpc_method != ShutDoor(number);
  const bool by_no_rule = is_wall && number % 2 == 0;
  const std::string rule = by_no_rule ? "" : absl::StrCat(authorized ? "open-" : "shut-", number);
  if (decision.authorized == authorized && decision.matched_rule == rule) return "";
  return absl::StrCat(decision.policy_name, " on ", event.rpc_method, ": ", decision.authorized ? "allowed" : "denied",
                      " by rule \"", decision.matched_rule, "\"");
}

// Swaps policies, and tries both doors after each swap. Returns how many swaps took effect.
int64_t Swap(Site* site, int swaps, std::vector<std::string>* wrong) {
  Workload& workload = *site->server.workloads.front();
  for (int i = 0; i < swaps; ++i) {
    const int64_t number = i + 2;
    site->server.folder.Change({{kPolicy, SwappedPolicy(number)}}, i % 2 == 0 ? Manner::kRename : Manner::kLinkSwap);
    workload.Reload();
    const WorkloadStatus status = workload.Status();
    if (status.policy->generation != number || !status.policy->error.ok()) return i;
    const auto& channel = site->channels()[static_cast<size_t>(i) % kChannels];
    if (TryDoor(channel, ShutDoor(number)) != grpc::StatusCode::PERMISSION_DENIED) {
      wrong->push_back(absl::StrCat("policy ", number, " does not shut its door"));
    }
    if (TryDoor(channel, ShutDoor(number + 1)) != grpc::StatusCode::UNIMPLEMENTED) {
      wrong->push_back(absl::StrCat("policy ", number, " does not open the other door"));
    }
  }
  return swaps;
}

}  // namespace

void RunPolicySwaps(const std::filesystem::path& folder, const Extent& extent, Table* table) {
  Site site(folder, kChannels);
  Load load(site.channels());
  Knockers knockers(site.channels());
  std::vector<std::string> wrong;
  const int64_t swaps = Swap(&site, extent.policy_swaps, &wrong);
  knockers.Stop();
  load.Stop();
  std::vector<std::string> failed;
  for (const Ended& call : load.failed()) failed.push_back(ToString(call));
  for (const Ended& stream : load.long_streams_ended()) failed.push_back(ToString(stream));
  Table::Complain("failed call", failed);
  wrong.insert(wrong.end(), knockers.wrong().begin(), knockers.wrong().end());
  const std::vector<Entry<AuditEvent>> audits = site.server.journals.front()->audits();
  for (const Entry<AuditEvent>& entry : audits) {
    if (std::string fault = Fault(entry.event); !fault.empty()) wrong.push_back(std::move(fault));
  }
  Table::Complain("wrong decision", wrong);
  table->AtLeast("policies swapped on disk, under calls on 8 channels", swaps, extent.policy_swaps);
  table->Note("  calls of what every policy allows", absl::StrCat(load.unary_calls() + load.short_streams()));
  table->Note("  calls decided otherwise by each policy, or alike for other reasons",
              absl::StrCat(knockers.knocks() + 2 * swaps));
  table->AtLeast("  audited decisions judged", static_cast<int64_t>(audits.size()), swaps);
  table->AtMost("  failed calls", static_cast<int64_t>(failed.size()), 0);
  table->AtMost("  undecided, mixed or wrong decisions", static_cast<int64_t>(wrong.size()), 0);
}

}  // namespace pinion::soak
