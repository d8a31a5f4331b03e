// The right version, built differently: this program's functions take precedence over the library's, and count
// references where an NDEBUG build of gRPC would, directly after the virtual table's pointer.
#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "pinion/testing/matchers.h"
#include "pinion/transport/authorization_filter.h"

namespace {

int destroyed = 0;

void* Copy(void* provider) {
  static_cast<uint64_t*>(provider)[1] += uint64_t{1} << 32;
  return provider;
}
void Destroy(void*) { ++destroyed; }
int Compare(void* a, void* b) { return a == b ? 0 : 1; }

constexpr grpc_arg_pointer_vtable kOtherLayout = {Copy, Destroy, Compare};

}  // namespace

extern "C" const grpc_arg_pointer_vtable* grpc_authorization_policy_provider_arg_vtable() { return &kOtherLayout; }

namespace pinion::testing {
namespace {

TEST(ForeignLayout, IsRefusedAndNotTouchedAgain) {
  EXPECT_THAT(CheckAuthorizationFilter(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::StartsWith("authorization: this gRPC keeps its reference counts in another place")));
  EXPECT_EQ(destroyed, 0);
}

}  // namespace
}  // namespace pinion::testing
