// Which process takes the place of one that has left, where the events come late.
#include <gtest/gtest.h>

#include "tests/census/census_fixture.h"

namespace pinion {
namespace {

// The first statement of its last stream was read after its successor had begun. It was waited for until its window had
// passed, since its successor counted as that of another.
TEST_F(CensusTest, AProcessThatIsHeardLateHasASuccessorAllTheSame) {
  Join("a");
  Leave("a");
  Pass(absl::Seconds(1));
  Join("b");
  Answer("b", v1::ACCEPTED);
  Join("a", 1);
  EXPECT_EQ(Blocking(), 1);
  Leave("a", 1);
  Settle();
  EXPECT_EQ(Blocking(), 0);
}

}  // namespace
}  // namespace pinion
