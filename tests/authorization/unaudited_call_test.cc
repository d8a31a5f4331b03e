// A call without an audit event costs its evaluation and nothing else.
#include <cstdlib>
#include <new>

#include "gtest/gtest.h"
#include "pinion/authorization/authorizer.h"
#include "tests/authorization/audited_calls.h"

namespace {

thread_local int allocations = 0;

}  // namespace

void* operator new(size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace pinion {
namespace {

using ::pinion::testing::AuditSink;
using ::pinion::testing::CallTo;
using ::pinion::testing::YesAndNo;

int AllocationsOf(Authorizer* authorizer, absl::string_view path) {
  const CallToAuthorize call = CallTo(path);
  const int before = allocations;
  authorizer->Allow(call);
  return allocations - before;
}

TEST(UnauditedCallTest, AllocatesNothing) {
  const auto sink = std::make_shared<AuditSink>();
  Authorizer quiet(YesAndNo("p", R"({"audit_condition": "NONE"})"), nullptr, sink);
  EXPECT_EQ(AllocationsOf(&quiet, "/s/Yes"), 0);
  EXPECT_EQ(AllocationsOf(&quiet, "/s/No"), 0);
  Authorizer without_sink(YesAndNo("p", R"({"audit_condition": "ON_DENY_AND_ALLOW"})"));
  EXPECT_EQ(AllocationsOf(&without_sink, "/s/Yes"), 0);
  EXPECT_EQ(AllocationsOf(&without_sink, "/s/No"), 0);
  Authorizer without_condition(YesAndNo("p"), nullptr, sink);
  EXPECT_EQ(AllocationsOf(&without_condition, "/s/Yes"), 0);
  // This shows that the counter works.
  EXPECT_GT(AllocationsOf(&without_condition, "/s/No"), 0);
}

}  // namespace
}  // namespace pinion
