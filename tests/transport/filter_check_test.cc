// The self-test of the filter passes on this gRPC, and fails if the filter does not decide calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pinion/testing/matchers.h"
#include "pinion/transport/authorization/filter_self_test.h"
#include "pinion/transport/authorization_filter.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;

TEST(FilterCheck, TrustsTheGrpcOfThisSystem) {
  EXPECT_THAT(CheckAuthorizationFilter(), IsOk());
  EXPECT_THAT(CheckAuthorizationFilter(), IsOk());
}

TEST(FilterCheck, RefusesAProviderWithoutDecider) {
  EXPECT_THAT(MakeAuthorizationProvider(nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing to decide calls by")));
}

TEST(FilterCheck, FailsAFilterThatIsNeverAsked) {
  EXPECT_THAT(TestFilter([](const DecideCall&) { return nullptr; }),
              StatusIs(absl::StatusCode::kFailedPrecondition, "the call of /pinion.SelfTest/Denied: asked 0 times"));
}

TEST(FilterCheck, FailsAFilterThatAllowsWhatIsDenied) {
  const auto allow_every_call = [](const DecideCall& decide) {
    return *MakeAuthorizationProvider([decide](CallToAuthorize& call) {
      decide(call);
      return true;
    });
  };
  EXPECT_THAT(TestFilter(allow_every_call),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "the call of /pinion.SelfTest/Denied reached its handler and ended with 0 ''"));
}

TEST(FilterCheck, FailsAFilterThatDeniesWhatIsAllowed) {
  const auto deny_all = [](const DecideCall& decide) {
    return *MakeAuthorizationProvider([decide](CallToAuthorize& call) {
      decide(call);
      return false;
    });
  };
  EXPECT_THAT(TestFilter(deny_all),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("the call of /pinion.SelfTest/Allowed did not reach its handler and ended with 7")));
}

TEST(FilterCheck, FailsAFilterThatReportsAnotherCall) {
  const auto confused = [](const DecideCall& decide) {
    return *MakeAuthorizationProvider([decide](CallToAuthorize& call) {
      CallToAuthorize other = call;
      other.path = "/pinion.SelfTest/Other\n";
      return decide(other);
    });
  };
  EXPECT_THAT(TestFilter(confused), StatusIs(absl::StatusCode::kFailedPrecondition,
                                             HasSubstr("asked 1 times, for '/pinion.SelfTest/Other\\n' with 'sent'")));
}

}  // namespace
}  // namespace pinion::testing
