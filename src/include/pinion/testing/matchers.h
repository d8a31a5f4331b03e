// GoogleTest matchers for outcomes.
#ifndef PINION_TESTING_MATCHERS_H_
#define PINION_TESTING_MATCHERS_H_

#include <gmock/gmock.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "pinion/testing/refusal_reason.h"
#include "pinion/v1/reason.pb.h"

namespace pinion::testing {

// The reason in each kind of outcome; REASON_UNSPECIFIED or ACCEPTED if there was no refusal.
inline v1::Reason ReasonIn(const grpc::Status& status) { return RefusalReason(status); }
template <typename T>
v1::Reason ReasonIn(const T& outcome) {
  return outcome.reason;
}

// A failed call, a verdict, or a handshake event that was refused for exactly this reason.
MATCHER_P(IsRefusedFor, reason, "is refused for " + v1::Reason_Name(reason)) {
  const v1::Reason actual = ReasonIn(arg);
  *result_listener << "which is " << v1::Reason_Name(actual);
  return actual == reason;
}

// A verdict or a handshake event that was accepted.
MATCHER(IsAccepted, "is accepted") {
  const v1::Reason actual = ReasonIn(arg);
  *result_listener << "which is " << v1::Reason_Name(actual);
  return actual == v1::ACCEPTED;
}

inline int CodeOf(const grpc::Status& status) { return status.error_code(); }
inline int CodeOf(const absl::Status& status) { return static_cast<int>(status.code()); }
template <typename T>
int CodeOf(const absl::StatusOr<T>& value) {
  return CodeOf(value.status());
}

inline std::string MessageOf(const grpc::Status& status) { return status.error_message(); }
inline std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }
template <typename T>
std::string MessageOf(const absl::StatusOr<T>& value) {
  return MessageOf(value.status());
}

// A text, such as an error, that contains no line of a secret text, such as a private key's PEM.
MATCHER_P(HoldsNoLineOf, secret, "holds no line of the secret") {
  const std::vector<std::string> lines = absl::StrSplit(secret, '\n');
  return std::none_of(lines.begin(), lines.end(), [&arg](const std::string& line) {
    return line.size() >= 8 && std::string(arg).find(line) != std::string::npos;
  });
}

// A status of gRPC or abseil that is OK.
MATCHER(IsOk, "is OK") {
  *result_listener << "which is " << CodeOf(arg) << ": " << MessageOf(arg);
  return CodeOf(arg) == 0;
}

// A status of gRPC or abseil, or a StatusOr, with this code and a message that the inner matcher accepts.
MATCHER_P2(StatusIs, code, message, "has the status code and message") {
  *result_listener << "which is " << CodeOf(arg) << ": " << MessageOf(arg);
  return CodeOf(arg) == static_cast<int>(code) &&
         ::testing::ExplainMatchResult(message, MessageOf(arg), result_listener);
}

}  // namespace pinion::testing

#endif  // PINION_TESTING_MATCHERS_H_
