#include "pinion/credentials/refusal.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "pinion/credentials/status_text.h"
#include "pinion/x509/host_name.h"

namespace pinion {
namespace {

constexpr size_t kMaxHosts = 1024;

// One spelling of a host, whatever it was given as.
std::string Normalised(absl::string_view target) {
  const absl::StatusOr<x509::HostName> host = x509::HostName::FromTarget(target);
  return host.ok() ? host->text() : std::string(target);
}

}  // namespace

v1::Reason RefusalReason(const grpc::Status& status) {
  const std::string& message = status.error_message();
  const size_t marker = message.find(kRefusedByPinion);
  if (marker == std::string::npos) return v1::REASON_UNSPECIFIED;
  absl::string_view rest = absl::string_view(message).substr(marker + absl::string_view(kRefusedByPinion).size());
  size_t length = 0;
  while (length < rest.size() && (absl::ascii_isupper(rest[length]) || rest[length] == '_')) ++length;
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  v1::Reason_Parse(std::string(rest.substr(0, length)), &reason);
  return reason;
}

std::optional<Refusal> LastRefusals::For(absl::string_view target) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_host_.find(Normalised(target));
  return found == by_host_.end() ? std::nullopt : std::optional<Refusal>(found->second);
}

void LastRefusals::Set(absl::string_view host, Refusal refusal) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (by_host_.size() >= kMaxHosts) by_host_.erase(by_host_.begin());
  by_host_[Normalised(host)] = std::move(refusal);
}

void LastRefusals::Clear(absl::string_view host) {
  const std::lock_guard<std::mutex> lock(mutex_);
  by_host_.erase(Normalised(host));
}

}  // namespace pinion
