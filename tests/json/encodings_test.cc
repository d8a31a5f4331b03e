// Texts as editors and copies between systems leave them.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"
#include "pinion/json/strict.h"
#include "pinion/v1/pin_set.pb.h"

namespace pinion::json {
namespace {

bool Reads(absl::string_view text) {
  v1::PinSet set;
  return Parse(text, "pins.json", &set).ok() && set.version() == 7;
}

TEST(EncodingsTest, AllowsAByteOrderMarkAndLinesOfEveryKind) {
  EXPECT_TRUE(Reads("{\"version\": 7}"));
  EXPECT_TRUE(Reads("\xef\xbb\xbf{\"version\": 7}"));
  EXPECT_TRUE(Reads("{\r\n  \"version\": 7 // seven\r\n}\r\n"));
  EXPECT_TRUE(Reads("{\"version\":\t7}\n\n"));
}

TEST(EncodingsTest, RefusesUtf16) {
  std::string utf16;
  for (const char letter : absl::string_view("{\"version\": 7}")) utf16.append({letter, '\0'});
  EXPECT_FALSE(Reads(utf16));
  EXPECT_FALSE(Reads("\xff\xfe" + utf16));
}

}  // namespace
}  // namespace pinion::json
