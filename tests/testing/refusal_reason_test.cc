#include "pinion/testing/refusal_reason.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace pinion::testing {
namespace {

v1::Reason ReasonIn(const std::string& message) {
  return RefusalReason(grpc::Status(grpc::StatusCode::UNAVAILABLE, message));
}

TEST(RefusalReasonTest, IsTheWordAfterPinionsMark) {
  EXPECT_EQ(ReasonIn("refused by Pinion: PIN_MISMATCH: \"a.test\" holds a key that is not a pin"), v1::PIN_MISMATCH);
  EXPECT_EQ(ReasonIn("refused by Pinion: PIN_MISMATCH"), v1::PIN_MISMATCH);
  EXPECT_EQ(ReasonIn("failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Custom verification "
                     "check failed with error: UNAUTHENTICATED: refused by Pinion: CERTIFICATE_NOT_YET_VALID: …"),
            v1::CERTIFICATE_NOT_YET_VALID);
}

TEST(RefusalReasonTest, KnowsEveryReason) {
  for (int number = v1::Reason_MIN; number <= v1::Reason_MAX; ++number) {
    const auto reason = static_cast<v1::Reason>(number);
    EXPECT_EQ(ReasonIn(absl::StrCat("refused by Pinion: ", v1::Reason_Name(reason), ": why")), reason);
  }
}

TEST(RefusalReasonTest, IsUnspecifiedForOtherFailures) {
  EXPECT_EQ(RefusalReason(grpc::Status::OK), v1::REASON_UNSPECIFIED);
  for (const char* message : {"", "PIN_MISMATCH", "refused by Pinion", "refused by Pinion: ", "refused by Pinion: pin",
                              "refused by Pinion: PIN_MISMATCH_OR_SO: why", "refused by Pinion:PIN_MISMATCH",
                              "refused by pinion: PIN_MISMATCH", "refused by Pinion: A_NEWER_REASON: why"}) {
    EXPECT_EQ(ReasonIn(message), v1::REASON_UNSPECIFIED) << message;
  }
}

TEST(RefusalReasonTest, IsTheFirstOfSeveral) {
  EXPECT_EQ(ReasonIn("refused by Pinion: PIN_MISMATCH: presented \"CN=refused by Pinion: PIN_REVOKED\""),
            v1::PIN_MISMATCH);
}

}  // namespace
}  // namespace pinion::testing
