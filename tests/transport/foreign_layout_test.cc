// The right version, built differently: this program's functions take precedence over the library's, and count
// references and call the provider's functions where another build of gRPC would.
#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "pinion/testing/matchers.h"
#include "pinion/transport/authorization/filter_layout.h"
#include "pinion/transport/authorization_filter.h"

namespace {

// How this gRPC uses a provider: its reference count's position, in words after the table's pointer, and the functions
// that it calls when the count reaches zero, by their positions in the table.
struct Build {
  int count_word = 0;
  std::vector<int> called_at_zero;
  uint64_t dropped = uint64_t{1} << 32;
};

Build build;
int drops = 0;

uint64_t& CountOf(void* provider) { return static_cast<uint64_t*>(provider)[1 + build.count_word]; }

void* Copy(void* provider) {
  CountOf(provider) += uint64_t{1} << 32;
  return provider;
}

void Destroy(void* provider) {
  ++drops;
  CountOf(provider) -= build.dropped;
  if (CountOf(provider) != 0) return;
  using Function = void (*)(void*);
  const auto* const table = *static_cast<const Function* const*>(provider);
  for (const int position : build.called_at_zero) table[position](provider);
}

int Compare(void* a, void* b) { return a == b ? 0 : 1; }

constexpr grpc_arg_pointer_vtable kFunctions = {Copy, Destroy, Compare};

}  // namespace

extern "C" const grpc_arg_pointer_vtable* grpc_authorization_policy_provider_arg_vtable() { return &kFunctions; }

namespace pinion::testing {
namespace {

using ::testing::StartsWith;

TEST(ForeignLayout, ABuildWithoutAssertionsIsFound) {
  build = {0, {0, 2}};
  const absl::StatusOr<FilterLayout> layout = FindFilterLayout();
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->count_word, 0U);
  EXPECT_EQ(layout->orphan, 0U);
  EXPECT_EQ(layout->destructor, 2U);
  EXPECT_EQ(layout->engines, 3U);
}

TEST(ForeignLayout, AnotherOrderOfFunctionsIsFound) {
  build = {1, {2, 1}};
  const absl::StatusOr<FilterLayout> layout = FindFilterLayout();
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->count_word, 1U);
  EXPECT_EQ(layout->orphan, 2U);
  EXPECT_EQ(layout->destructor, 1U);
  EXPECT_EQ(layout->engines, 3U);
}

struct Unusable {
  const char* description;
  Build build;
};

TEST(ForeignLayout, WhatIsNotAProviderIsRefused) {
  const std::vector<Unusable> builds = {
      {"counts where no version does", {2, {0, 2}}},
      {"counts in steps of another size", {1, {0, 2}, uint64_t{1} << 31}},
      {"destroys nothing", {1, {}}},
      {"destroys without notice", {1, {2}}},
      {"calls three functions", {1, {0, 2, 3}}},
      {"calls a function that no provider has", {1, {0, 5}}},
      {"calls one function twice", {1, {2, 2}}},
      {"takes a destructor for another function", {1, {1, 2}}},
      {"has no place for two destructors", {1, {3, 0}}},
  };
  for (const Unusable& unusable : builds) {
    SCOPED_TRACE(unusable.description);
    build = unusable.build;
    EXPECT_THAT(FindFilterLayout(), StatusIs(absl::StatusCode::kFailedPrecondition, StartsWith("this gRPC ")));
  }
}

TEST(ForeignLayout, NothingIsServedWithIt) {
  build = {2, {0, 2}};
  drops = 0;
  EXPECT_THAT(CheckAuthorizationFilter(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       StartsWith("authorization: this gRPC counts references in another place. Run with ")));
  EXPECT_EQ(drops, 0) << "the object was used although its layout is not known";
}

}  // namespace
}  // namespace pinion::testing
