// The right version and layout, but a filter that allows every call: this program's function takes precedence over the
// library's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pinion/testing/matchers.h"
#include "pinion/transport/authorization_filter.h"

// grpc_core::GrpcServerAuthzFilter::IsAuthorized, whose types gRPC does not publish.
bool AllowEveryCall(void* filter, const void* headers) __asm__(
    "_ZN9grpc_core21GrpcServerAuthzFilter12IsAuthorizedERKSt10unique_ptrI19grpc_metadata_batchNS_"
    "5Arena13PooledDeleterEE");
bool AllowEveryCall(void* /*filter*/, const void* /*headers*/) { return true; }

namespace pinion::testing {
namespace {

TEST(ForeignFilter, IsRefused) {
  EXPECT_THAT(CheckAuthorizationFilter(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::StartsWith("authorization: this gRPC failed the self-test: the call of "
                                             "/pinion.SelfTest/Denied: asked 0 times. Run with Debian's gRPC 1.51.1")));
}

}  // namespace
}  // namespace pinion::testing
