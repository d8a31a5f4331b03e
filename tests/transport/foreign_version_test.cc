// Another gRPC version than the one for which the filter was made: this program's grpc_version_string() takes
// precedence over the library's.
#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include "pinion/testing/matchers.h"
#include "pinion/transport/authorization_filter.h"

extern "C" const char* grpc_version_string() { return "29.0.1"; }

namespace pinion::testing {
namespace {

TEST(ForeignVersion, IsRefused) {
  EXPECT_THAT(MakeAuthorizationProvider([](const CallToAuthorize&) { return true; }),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::StartsWith("authorization: the gRPC in this process is 1.51.1 (core 29.0.1), not "
                                             "1.51.1 (core 29.0.0). Run with Debian's gRPC 1.51.1")));
}

}  // namespace
}  // namespace pinion::testing
