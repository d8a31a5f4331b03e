#include "tools/pinion/tally.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/base/mutex.h"
#include "pinion/base/printable.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/verdict_output.h"

namespace pinion::cli {
namespace {

// gRPC's and abseil's codes are the same numbers with the same names.
std::string CodeName(int code) { return absl::StatusCodeToString(static_cast<absl::StatusCode>(code)); }

std::string ReasonName(v1::Reason reason) { return reason == v1::REASON_UNSPECIFIED ? "" : v1::Reason_Name(reason); }

// Puts each part of a refusal on its own line.
std::string OverLines(const std::string& message) { return absl::StrReplaceAll(message, {{"; ", ";\n      "}}); }

}  // namespace

void Tally::AddSuccess(absl::Duration latency) {
  const MutexLock lock(mutex_);
  latencies_us_.push_back(static_cast<uint32_t>(std::min<int64_t>(absl::ToInt64Microseconds(latency), UINT32_MAX)));
}

void Tally::AddFailure(int code, v1::Reason reason, const std::string& message) {
  const MutexLock lock(mutex_);
  Failures& failures = failures_[{code, reason}];
  if (failures.count++ == 0) failures.message = Printable(message);
}

int64_t Tally::FailedCalls() const {
  int64_t failed = 0;
  for (const auto& [kind, failures] : failures_) failed += failures.count;
  return failed;
}

Tally::Latencies Tally::LatenciesInMicroseconds() const {
  if (latencies_us_.empty()) return {};
  std::vector<uint32_t> sorted = latencies_us_;
  std::sort(sorted.begin(), sorted.end());
  return {sorted[sorted.size() / 2], sorted[sorted.size() * 99 / 100], sorted.back()};
}

std::string Tally::Table() const {
  const MutexLock lock(mutex_);
  std::string out = absl::StrCat("ok ", latencies_us_.size(), ", failed ", FailedCalls(), "\n");
  for (const auto& [kind, failures] : failures_) {
    absl::StrAppend(&out, "  ", failures.count, " x ", CodeName(kind.first));
    if (kind.second == v1::REASON_UNSPECIFIED) {
      absl::StrAppend(&out, ": ", failures.message, "\n");
    } else {
      absl::StrAppend(&out, " ", OverLines(failures.message), "\n");  // which begins with the reason
    }
  }
  if (!latencies_us_.empty()) {
    const Latencies latencies = LatenciesInMicroseconds();
    absl::StrAppend(&out, "latency in us: p50 ", latencies.p50, ", p99 ", latencies.p99, ", max ", latencies.max, "\n");
  }
  return out;
}

std::string Tally::Json() const {
  const MutexLock lock(mutex_);
  nlohmann::ordered_json json;
  json["version"] = 1;
  json["ok"] = latencies_us_.size();
  json["failed"] = FailedCalls();
  json["failures"] = nlohmann::ordered_json::array();
  for (const auto& [kind, failures] : failures_) {
    nlohmann::ordered_json failure;
    failure["code"] = CodeName(kind.first);
    failure["reason"] = ReasonName(kind.second);
    failure["message"] = failures.message;
    failure["count"] = failures.count;
    json["failures"].push_back(std::move(failure));
  }
  const Latencies latencies = LatenciesInMicroseconds();
  json["latency_us"] = {{"p50", latencies.p50}, {"p99", latencies.p99}, {"max", latencies.max}};
  return JsonText(json);
}

int Tally::ExitCode() const {
  const MutexLock lock(mutex_);
  const auto is_the_pin_sets = [](const auto& entry) { return IsThePinSets(entry.first.second); };
  if (failures_.empty()) return kYes;
  if (std::any_of(failures_.begin(), failures_.end(), is_the_pin_sets)) return kPinRefused;
  const auto commonest = std::max_element(failures_.begin(), failures_.end(),
                                          [](const auto& a, const auto& b) { return a.second.count < b.second.count; });
  return kCallFailed + commonest->first.first;
}

}  // namespace pinion::cli
