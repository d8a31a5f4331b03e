#include "pinion/base/printable.h"

#include <gtest/gtest.h>

#include "absl/strings/string_view.h"

namespace pinion {
namespace {

TEST(PrintableTest, PrintableAsciiStaysAsItIs) {
  std::string all;
  for (char c = ' '; c <= '~'; ++c) all.push_back(c);
  EXPECT_EQ(Printable(all), all);
  EXPECT_EQ(Printable(""), "");
}

TEST(PrintableTest, EveryOtherByteIsEscaped) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte >= ' ' && byte <= '~') continue;
    const std::string printable = Printable(std::string(1, static_cast<char>(byte)));
    EXPECT_EQ(printable.front(), '\\') << byte;
    for (const char c : printable) EXPECT_TRUE(c >= ' ' && c <= '~') << byte;
  }
}

TEST(PrintableTest, LineEndsAndTerminalEscapesAreReadable) {
  EXPECT_EQ(Printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(Printable("\x1b]0;pwned\x07"), "\\x1b]0;pwned\\x07");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "\\xc2\\x9b2J")
      << "a terminal takes U+009B for an escape, too";
  EXPECT_EQ(Printable(absl::string_view("a\0b", 3)), "a\\x00b");
}

TEST(PrintableTest, EscapingTwiceIsEscapingOnce) {
  const std::string once = Printable("\x1b[31m\n\\x1b\"'");
  EXPECT_EQ(Printable(once), once);
}

}  // namespace
}  // namespace pinion
