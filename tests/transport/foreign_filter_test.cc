// The right version and layout, but a filter that allows every call: this program's function takes precedence over the
// library's.
#include <gmock/gmock.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include "pinion/testing/matchers.h"
#include "pinion/transport/authorization_filter.h"

// grpc_core::GrpcServerAuthzFilter::IsAuthorized, whose types gRPC does not publish.
#if GRPC_CPP_VERSION_MINOR == 51
#define IS_AUTHORIZED                                                                    \
  "_ZN9grpc_core21GrpcServerAuthzFilter12IsAuthorizedERKSt10unique_ptrI19grpc_metadata_" \
  "batchNS_5Arena13PooledDeleterEE"
#else
#define IS_AUTHORIZED "_ZN9grpc_core21GrpcServerAuthzFilter12IsAuthorizedER19grpc_metadata_batch"
#endif
bool AllowEveryCall(void* filter, const void* headers) __asm__(IS_AUTHORIZED);
bool AllowEveryCall(void* /*filter*/, const void* /*headers*/) { return true; }

namespace pinion::testing {
namespace {

TEST(ForeignFilter, IsRefused) {
  EXPECT_THAT(CheckAuthorizationFilter(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::StartsWith("authorization: this gRPC failed the self-test: the call of "
                                             "/pinion.SelfTest/Denied: asked 0 times. Run with ")));
}

}  // namespace
}  // namespace pinion::testing
