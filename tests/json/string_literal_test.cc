#include "pinion/json/string_literal.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace pinion::json {
namespace {

TEST(StringLiteralTest, EscapesWhatIsNotPrintableAscii) {
  EXPECT_EQ(StringLiteral(""), R"("")");
  EXPECT_EQ(StringLiteral("/a.B/C ~"), R"("/a.B/C ~")");
  EXPECT_EQ(StringLiteral("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(StringLiteral(absl::string_view("\0\n\r\t\x1f\x7f", 6)), R"("\u0000\u000a\u000d\u0009\u001f\u007f")");
  EXPECT_EQ(StringLiteral("\u00e9\u2028\ufeff"), R"("\u00e9\u2028\ufeff")");
  EXPECT_EQ(StringLiteral("\U0001f600\U0010ffff"), R"("\ud83d\ude00\udbff\udfff")");
}

TEST(StringLiteralTest, TakesBytesThatAreNotUtf8OneByOne) {
  struct Case {
    std::string text;
    std::string literal;
  };
  for (const Case& one : {
           Case{"\x80", R"("\u0080")"},                                     // continues nothing
           Case{"\xff\xfe", R"("\u00ff\u00fe")"},                           // never in UTF-8
           Case{"\xc3", R"("\u00c3")"},                                     // ends too early
           Case{"\xe2\x80", R"("\u00e2\u0080")"},                           // the same
           Case{"\xc3\"", R"("\u00c3\"")"},                                 // must not swallow the quote
           Case{"\xe2\x80\n", R"("\u00e2\u0080\u000a")"},                   // nor the newline
           Case{"\xc0\xa2", R"("\u00c0\u00a2")"},                           // a quote, overlong
           Case{"\xe0\x80\xa2", R"("\u00e0\u0080\u00a2")"},                 // the same
           Case{"\xf0\x80\x80\xa2", R"("\u00f0\u0080\u0080\u00a2")"},       // the same
           Case{"\xed\xa0\x80", R"("\u00ed\u00a0\u0080")"},                 // half a pair
           Case{"\xf4\x90\x80\x80", R"("\u00f4\u0090\u0080\u0080")"},       // above U+10FFFF
           Case{"\xf5\x80\x80\x80\x41", R"("\u00f5\u0080\u0080\u0080A")"},  // the same
       }) {
    EXPECT_EQ(StringLiteral(one.text), one.literal);
  }
}

TEST(StringLiteralTest, AnyTwoBytesGiveValidJsonInAscii) {
  for (int first = 0; first < 0x100; ++first) {
    for (int second = 0; second < 0x100; ++second) {
      const std::string literal = StringLiteral(std::string{static_cast<char>(first), static_cast<char>(second)});
      EXPECT_TRUE(nlohmann::json::accept(literal)) << literal;
      for (const char c : literal) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << literal;
    }
  }
}

}  // namespace
}  // namespace pinion::json
