// A repeated header: its values arrive joined by commas, and must not bypass a rule because of that.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "pinion/authorization/header_value.h"
#include "pinion/authorization/pattern.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using ::pinion::testing::OrDie;

bool Denies(absl::string_view pattern, absl::string_view joined) {
  return HeaderValue(std::string(joined)).SomeRunMatches(OrDie(Pattern::Parse(pattern)));
}

bool Allows(absl::string_view pattern, absl::string_view joined) {
  return HeaderValue(std::string(joined)).WholeMatches(OrDie(Pattern::Parse(pattern)));
}

TEST(RepeatedHeaderTest, ADenyRuleFindsAValueAmongOthers) {
  for (const char* joined : {"bad", "bad,x", "x,bad", "x,bad,y", "bad,bad", ",bad", "bad,", "x, bad", "x ,bad ,y",
                             "x,\t bad \t,y", " bad ", ",,bad,,"}) {
    EXPECT_TRUE(Denies("bad", joined)) << joined;
    EXPECT_TRUE(Denies("ba*", joined)) << joined;
    EXPECT_TRUE(Denies("*ad", joined)) << joined;
    EXPECT_TRUE(Denies("*", joined)) << joined;
  }
  for (const char* joined : {"", "x", "xbad", "badx", "b,ad", "x,xbad", "badx,x", "ba d", "Bad"}) {
    EXPECT_FALSE(Denies("bad", joined)) << joined;
  }
  EXPECT_FALSE(Denies("ba*", "x,xba"));
  EXPECT_FALSE(Denies("*ad", "adx,x"));
}

TEST(RepeatedHeaderTest, ADenyRuleFindsAValueThatItselfHoldsCommas) {
  for (const char* joined : {"a, b", "a, b,x", "x,a, b", "x, a, b ,y"}) {
    EXPECT_TRUE(Denies("a, b", joined)) << joined;
    EXPECT_TRUE(Denies("a, *", joined)) << joined;
    EXPECT_TRUE(Denies("*, b", joined)) << joined;
  }
  for (const char* joined : {"a,b", "a,  b", "a, bx", "xa, b", "a,x, b"})
    EXPECT_FALSE(Denies("a, b", joined)) << joined;
  // A rule also matches the joined value as a whole, and a star may span values.
  EXPECT_TRUE(Denies("a*", "a,b,c"));
  EXPECT_TRUE(Denies("*c", "a,b,c"));
  EXPECT_TRUE(Denies("b,c*", "a,b,cd,e"));
  EXPECT_TRUE(Denies("*a,b", "x,xa,b,c"));
}

TEST(RepeatedHeaderTest, ADenyRuleReadsWhiteSpaceBothWays) {
  EXPECT_TRUE(Denies("Bearer *", "x, Bearer abc"));
  EXPECT_TRUE(Denies("Bearer *", "Bearer "));
  EXPECT_FALSE(Denies("Bearer *", "Bearer"));
  EXPECT_TRUE(Denies("* end", "x end , y"));
  EXPECT_TRUE(Denies("* end", " end"));
  EXPECT_FALSE(Denies("* end", "x,end"));
}

TEST(RepeatedHeaderTest, AnAllowRuleTakesTheWholeAsA43Does) {
  EXPECT_TRUE(Allows("good", "good"));
  EXPECT_TRUE(Allows("a, b", "a, b"));
  EXPECT_TRUE(Allows("a,b", "a,b"));
  for (const char* joined : {"good,bad", "bad,good", "good,good", "good,", ",good", " good", "good ", ""}) {
    EXPECT_FALSE(Allows("good", joined)) << joined;
  }
}

TEST(RepeatedHeaderTest, AnAllowRulesOpenEndHidesNoOtherValue) {
  EXPECT_TRUE(Allows("team-*", "team-a"));
  EXPECT_TRUE(Allows("team-*", "team-a,team-b"));
  EXPECT_FALSE(Allows("team-*", "team-a,evil"));
  EXPECT_FALSE(Allows("team-*", "evil,team-a"));
  EXPECT_FALSE(Allows("team-*", "team-a,"));
  EXPECT_TRUE(Allows("*.corp", "a.corp"));
  EXPECT_TRUE(Allows("*.corp", "a.corp,b.corp"));
  EXPECT_FALSE(Allows("*.corp", "evil,a.corp"));
  EXPECT_TRUE(Allows("*", "a"));
  EXPECT_TRUE(Allows("*", "a,b"));
  EXPECT_FALSE(Allows("*", ""));
  EXPECT_FALSE(Allows("*", ",a"));
  EXPECT_FALSE(Allows("*", "a,"));
  EXPECT_FALSE(Allows("*", ","));
}

TEST(RepeatedHeaderTest, AHeaderBeyondTheLimitsIsDeniedByEveryPatternAndAllowedByNone) {
  const std::string long_value(HeaderValue::kMaxBytes, 'a');
  EXPECT_FALSE(Denies("b", long_value));
  EXPECT_TRUE(Allows("a*", long_value));
  EXPECT_TRUE(Denies("b", long_value + "a"));
  EXPECT_FALSE(Allows("a*", long_value + "a"));
  std::string many = "a";
  for (size_t i = 1; i < HeaderValue::kMaxPieces; ++i) many += ",a";
  EXPECT_FALSE(Denies("b", many));
  EXPECT_TRUE(Allows("a*", many));
  EXPECT_TRUE(Denies("b", many + ",a"));
  EXPECT_FALSE(Allows("a*", many + ",a"));
  EXPECT_FALSE(Allows("*", many + ",a"));
  EXPECT_FALSE(Allows(many + ",a", many + ",a"));
}

}  // namespace
}  // namespace pinion
