#include "pinion/json/places.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace pinion::json {
namespace {

// "PATH=WHAT STANDS THERE" for each value, one a line.
std::string Listed(absl::string_view text) {
  const absl::StatusOr<std::vector<Place>> places = Places(text, "f.json");
  if (!places.ok()) return places.status().ToString();
  std::string listed;
  for (const Place& place : *places) {
    absl::StrAppend(&listed, place.path, "=", text.substr(place.begin, place.end - place.begin), "\n");
  }
  return listed;
}

TEST(PlacesTest, EveryValueHasItsBytes) {
  EXPECT_EQ(Listed(R"({"a": "x\"y", "b" : [1,-2.5e3,true , null], "c":{}})"),
            R"(={"a": "x\"y", "b" : [1,-2.5e3,true , null], "c":{}}
a="x\"y"
b=[1,-2.5e3,true , null]
b[0]=1
b[1]=-2.5e3
b[2]=true
b[3]=null
c={}
)");
}

TEST(PlacesTest, CommentsAreOutside) {
  EXPECT_EQ(Listed("// \"a\": 0\n{/* [ */ \"a\" /* { */ : // ]\n 7 // 8\n /* , */ , \"b\": [ // none\n ]}"),
            "={/* [ */ \"a\" /* { */ : // ]\n 7 // 8\n /* , */ , \"b\": [ // none\n ]}\na=7\nb=[ // none\n ]\n");
}

TEST(PlacesTest, ACommentEndsWithItsLineHoweverThatEnds) {
  EXPECT_EQ(Listed("// \r{\"a\": 7}"), "={\"a\": 7}\na=7\n");
  EXPECT_EQ(Listed("// \r\n{\"a\": 7}"), "={\"a\": 7}\na=7\n");
}

TEST(PlacesTest, AMemberBeginsWithItsKey) {
  const absl::string_view text = R"({"a": {"b": 1}, "c": [2]})";
  const absl::StatusOr<std::vector<Place>> places = Places(text, "f.json");
  ASSERT_TRUE(places.ok()) << places.status();
  std::vector<std::string> items;
  for (const Place& place : *places) items.emplace_back(text.substr(place.item_begin, place.end - place.item_begin));
  EXPECT_EQ(items, (std::vector<std::string>{std::string(text), R"("a": {"b": 1})", R"("b": 1)", R"("c": [2])", "2"}));
}

TEST(PlacesTest, StringsAreDistinguishedAndDecoded) {
  const absl::StatusOr<std::vector<Place>> places = Places(R"(["\u0041\n", 17])", "f.json");
  ASSERT_TRUE(places.ok()) << places.status();
  ASSERT_EQ(places->size(), 3U);
  EXPECT_TRUE((*places)[1].is_string);
  EXPECT_EQ((*places)[1].text, "A\n");
  EXPECT_FALSE((*places)[2].is_string);
  EXPECT_EQ((*places)[2].text, "17");
}

TEST(PlacesTest, WhatIsNotJsonIsRefusedWithItsPlace) {
  EXPECT_EQ(Listed(""), "INVALID_ARGUMENT: f.json:1:1: not JSON: the file is empty");
  EXPECT_EQ(Listed("{\"a\":\n }").substr(0, 43), "INVALID_ARGUMENT: f.json:2:2: not JSON: syn");
}

// Once, the text after a NUL was ignored, or misread if the NUL was in a comment.
TEST(PlacesTest, ANulDoesNotEndTheText) {
  EXPECT_EQ(Listed(absl::string_view("{}\n// \0", 7)), "INVALID_ARGUMENT: f.json:2:4: not JSON: a NUL byte");
  EXPECT_EQ(Listed(absl::string_view("{}\0{\"a\": 7}", 11)), "INVALID_ARGUMENT: f.json:1:3: not JSON: a NUL byte");
}

}  // namespace
}  // namespace pinion::json
