// Another gRPC version than the one for which the filter was made: this program's grpc_version_string() takes
// precedence over the library's.
#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "pinion/testing/matchers.h"
#include "pinion/transport/authorization_filter.h"
#include "pinion/transport/backend.h"
#include "pinion/transport/grpc/grpc_version.h"

extern "C" const char* grpc_version_string() { return "29.0.1"; }

namespace pinion::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ForeignVersion, IsRefused) {
  EXPECT_THAT(
      MakeAuthorizationProvider([](const CallToAuthorize&) { return true; }),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(StartsWith("authorization: the gRPC in this process is " + grpc::Version()),
                     HasSubstr(" (core 29.0.1), which is not supported. Run with " + std::string(SupportedGrpc())))));
}

TEST(ForeignVersion, TheSupportedOnesAreOfOneRelease) {
  EXPECT_TRUE(IsSupportedGrpc("1.51.1", "29.0.0") || IsSupportedGrpc("1.83.0", "56.0.0"));
  EXPECT_FALSE(IsSupportedGrpc("1.51.1", "29.0.1"));
  EXPECT_FALSE(IsSupportedGrpc("1.51.10", "29.0.0"));
  EXPECT_FALSE(IsSupportedGrpc("1.8.0", "56.0.0"));
  EXPECT_FALSE(IsSupportedGrpc("1.84.0", "57.0.0"));
  EXPECT_FALSE(IsSupportedGrpc("1.83.0", "29.0.0"));
}

}  // namespace
}  // namespace pinion::testing
