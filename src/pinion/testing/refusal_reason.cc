#include "pinion/testing/refusal_reason.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "pinion/handshake/status_text.h"

namespace pinion::testing {

v1::Reason RefusalReason(const grpc::Status& status) {
  const std::string& message = status.error_message();
  const size_t marker = message.find(kRefusedByPinion);
  if (marker == std::string::npos) return v1::REASON_UNSPECIFIED;
  absl::string_view rest = absl::string_view(message).substr(marker + absl::string_view(kRefusedByPinion).size());
  size_t length = 0;
  while (length < rest.size() && (absl::ascii_isupper(rest[length]) || rest[length] == '_')) ++length;
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  return v1::Reason_Parse(std::string(rest.substr(0, length)), &reason) ? reason : v1::REASON_UNSPECIFIED;
}

}  // namespace pinion::testing
