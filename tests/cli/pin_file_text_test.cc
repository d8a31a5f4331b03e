#include "tools/pinion/pin_file/pin_file_text.h"

#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "pinion/pin/pin_set.h"

namespace pinion::cli {
namespace {

PeerPin Added() {
  PeerPin pin;
  pin.pin.digest.fill(7);
  pin.state = v1::BACKUP;
  return pin;
}

// The pins' digests do not matter here, so "@n" stands for the nth digest.
std::string Filled(absl::string_view text) {
  std::string filled(text);
  for (int i = 1; i <= 7; ++i) {
    x509::Sha256Digest digest;
    digest.fill(static_cast<uint8_t>(i));
    filled = absl::StrReplaceAll(filled, {{"@" + std::to_string(i), "\"" + x509::ToPinText(digest) + "\""}});
  }
  return filled;
}

constexpr absl::string_view kInline =
    R"({"version":1,"peers":[{"name":"a","hosts":["a.test"],"pins":[{"spki":@1,"state":"ACTIVE"},{"spki":@2,"state":"BACKUP"},{"spki":@3,"state":"RETIRING","not_after":"2099-01-01T00:00:00Z"}]}]})";

constexpr absl::string_view kLines = R"(// {"version": 0}
{
  "version" /* : 3 */ : 41, // , 42
  "peers": [{
    "name": "a", "hosts": ["a.test"],
    "pins": [
      // First.
      {"spki": @1, "state": "ACTIVE"}, // served

      /* Second,
         ]}, offline. */
      {"spki": @2, "state": "BACKUP"},
      {
        "state": "RETIRING", // soon gone
        "not_before": "2020-01-01T00:00:00Z",
        "spki": @3,
        "not_after": "2099-01-01T00:00:00Z" // the end
      } // third
    ]
  }]
}
)";

TEST(PinFileTextTest, OnlyTheVersionChanges) {
  PinFileText text(Filled(kLines));
  text.SetVersion(100);
  EXPECT_EQ(text.text(), absl::StrReplaceAll(Filled(kLines), {{" 41,", " 100,"}}));
}

TEST(PinFileTextTest, OnlyTheStateChanges) {
  PinFileText text(Filled(kLines));
  text.SetState(0, 2, v1::REVOKED);
  EXPECT_EQ(text.text(), absl::StrReplaceAll(Filled(kLines), {{"\"RETIRING\"", "\"REVOKED\""}}));
}

TEST(PinFileTextTest, APinIsAddedAfterTheLastOneAndItsComment) {
  PinFileText text(Filled(kLines));
  text.AddPin(0, Added());
  EXPECT_EQ(text.text(),
            absl::StrReplaceAll(Filled(kLines), {{"} // third\n", Filled("}, // third\n      {\"spki\": @7, "
                                                                         "\"state\": \"BACKUP\"}\n")}}));
  PinFileText one_line(Filled(kInline));
  one_line.AddPin(0, Added());
  EXPECT_EQ(one_line.text(),
            absl::StrReplaceAll(Filled(kInline), {{"00Z\"}]", Filled("00Z\"}, {\"spki\": @7, \"state\": "
                                                                     "\"BACKUP\"}]")}}));
}

TEST(PinFileTextTest, LinesKeepTheirEnds) {
  const std::string dos = absl::StrReplaceAll(Filled(kLines), {{"\n", "\r\n"}});
  PinFileText text(dos);
  text.AddPin(0, Added());
  EXPECT_EQ(text.text(), absl::StrReplaceAll(dos, {{"} // third\r\n", Filled("}, // third\r\n      {\"spki\": @7, "
                                                                             "\"state\": \"BACKUP\"}\r\n")}}));
}

TEST(PinFileTextTest, AMultiLineBlockCommentIsNotSplit) {
  const std::string filled = absl::StrReplaceAll(Filled(kLines), {{"// third", "/* third\n */"}});
  PinFileText text(filled);
  text.AddPin(0, Added());
  EXPECT_TRUE(PinSet::FromJson(text.text(), "f").ok()) << text.text();
  text.RemovePin(0, 2);
  EXPECT_EQ(PinSet::FromJson(text.text(), "f").value()->peers()[0].pins.size(), 3U) << text.text();
}

TEST(PinFileTextTest, AFirstPinIsRemovedWithItsCommaAndItsLine) {
  PinFileText text(Filled(kLines));
  text.RemovePin(0, 0);
  EXPECT_EQ(text.text(), absl::StrReplaceAll(Filled(kLines), {{Filled("      {\"spki\": @1, \"state\": \"ACTIVE\"}, // "
                                                                      "served\n"),
                                                               ""}}));
  PinFileText one_line(Filled(kInline));
  one_line.RemovePin(0, 0);
  EXPECT_EQ(one_line.text(),
            absl::StrReplaceAll(Filled(kInline), {{Filled("{\"spki\":@1,\"state\":\"ACTIVE\"},"), ""}}));
}

TEST(PinFileTextTest, ALastPinIsRemovedWithTheCommaBeforeIt) {
  PinFileText text(Filled(kLines));
  text.RemovePin(0, 2);
  const std::string expected = Filled(kLines);
  const size_t begin = expected.find("      {\n        \"state\"");
  const size_t end = expected.find("    ]\n  }]");
  std::string without = expected.substr(0, begin) + expected.substr(end);
  without = absl::StrReplaceAll(without, {{"\"BACKUP\"},", "\"BACKUP\"}"}});
  EXPECT_EQ(text.text(), without);
  PinFileText one_line(Filled(kInline));
  one_line.RemovePin(0, 2);
  EXPECT_EQ(one_line.text(),
            absl::StrReplaceAll(
                Filled(kInline),
                {{Filled(",{\"spki\":@3,\"state\":\"RETIRING\",\"not_after\":\"2099-01-01T00:00:00Z\"}"), ""}}));
}

TEST(PinFileTextTest, TimesAreRemovedAtAnyPosition) {
  PinFileText text(Filled(kLines));
  text.RemoveTimes(0, 2);
  EXPECT_EQ(text.text(), absl::StrReplaceAll(Filled(kLines),
                                             {{"        \"not_before\": \"2020-01-01T00:00:00Z\",\n", ""},
                                              {Filled("@3,\n"), Filled("@3\n")},
                                              {"        \"not_after\": \"2099-01-01T00:00:00Z\" // the end\n", ""}}));
  PinFileText one_line(Filled(kInline));
  one_line.RemoveTimes(0, 2);
  EXPECT_EQ(one_line.text(), absl::StrReplaceAll(Filled(kInline), {{",\"not_after\":\"2099-01-01T00:00:00Z\"", ""}}));
  PinFileText first(R"({"peers":[{"pins":[{"not_before":"x", "not_after":"y", "state":"BACKUP"}]}]})");
  first.RemoveTimes(0, 0);
  EXPECT_EQ(first.text(), R"({"peers":[{"pins":[{"state":"BACKUP"}]}]})");
}

TEST(PinFileTextTest, CommentsAboutAPinAreFound) {
  const PinFileText text(Filled(kLines));
  EXPECT_EQ(text.CommentLines(0, 0), (std::vector<int>{7, 8}));
  EXPECT_EQ(text.CommentLines(0, 2), (std::vector<int>{18}));
  EXPECT_EQ(PinFileText(Filled(kInline)).CommentLines(0, 1), std::vector<int>());
}

TEST(PinFileTextTest, TheOtherPinsStayWhicheverIsRemoved) {
  for (const absl::string_view layout : {kInline, kLines}) {
    for (size_t gone = 0; gone < 3; ++gone) {
      PinFileText text(Filled(layout));
      text.AddPin(0, Added());
      text.RemoveTimes(0, 2);
      text.SetState(0, 0, v1::ACTIVE);
      text.RemovePin(0, gone);
      text.AddPin(
          0,
          {{PinKind::kSpki, x509::Sha256("other").value()}, v1::ACTIVE, absl::InfinitePast(), absl::InfiniteFuture()});
      const auto set = PinSet::FromJson(text.text(), "f");
      ASSERT_TRUE(set.ok()) << set.status() << text.text();
      EXPECT_EQ((*set)->peers()[0].pins.size(), 4U);
    }
  }
}

// Text that is allowed between two tokens.
std::string Gap(std::mt19937* random) {
  const absl::string_view gaps[] = {"",          "", " ", "\n", "\t", "\r\n  ", " // ]}, \"x\" : /*\n", "/* , [{ \n */",
                                    "\n\n      "};
  std::string gap;
  for (uint32_t i = (*random)() % 3; i > 0; --i) gap += std::string(gaps[(*random)() % std::size(gaps)]);
  return gap;
}

std::string LaidOut(const std::vector<std::string>& tokens, std::mt19937* random) {
  std::string text;
  for (const std::string& token : tokens) absl::StrAppend(&text, Gap(random), token);
  return text + Gap(random);
}

// "DIGEST-BYTE STATE HAS-TIMES" for each of the first peer's pins, and the second's number of pins.
std::string Pins(const std::string& text) {
  const auto set = PinSet::FromJson(text, "f");
  if (!set.ok()) return absl::StrCat(set.status().message(), "\n", text);
  std::string pins;
  for (const PeerPin& pin : (*set)->peers()[0].pins) {
    const bool has_times = pin.not_before != absl::InfinitePast() || pin.not_after != absl::InfiniteFuture();
    absl::StrAppend(&pins, pin.pin.digest[0], ToString(pin.state).substr(0, 2), has_times ? "+ " : " ");
  }
  return absl::StrCat(pins, "| ", (*set)->peers()[1].pins.size());
}

TEST(PinFileTextTest, EditsWorkInEveryLayout) {
  const auto pin = [](int n, const std::string& state) {
    return std::vector<std::string>{"{", "\"spki\"",  ":", Filled(absl::StrCat("@", n)),
                                    ",", "\"state\"", ":", "\"" + state + "\""};
  };
  std::vector<std::string> tokens = {"{",          "\"version\"", ":", "41",       ",", "\"peers\"", ":", "[",
                                     "{",          "\"name\"",    ":", "\"a\"",    ",", "\"hosts\"", ":", "[",
                                     "\"a.test\"", "]",           ",", "\"pins\"", ":", "["};
  const auto add = [&tokens](const std::vector<std::string>& more) {
    tokens.insert(tokens.end(), more.begin(), more.end());
  };
  add(pin(1, "ACTIVE"));
  add({"}", ","});
  add(pin(2, "BACKUP"));
  add({",", "\"not_before\"", ":", "\"2020-01-01T00:00:00Z\"", ",", "\"not_after\"", ":", "\"2099-01-01T00:00:00Z\"",
       "}", ","});
  add(pin(3, "BACKUP"));
  add({"}", "]", "}", ",", "{", "\"name\"", ":", "\"b\"", ",", "\"pins\"", ":", "["});
  add(pin(4, "ACTIVE"));
  add({"}", ","});
  add(pin(5, "BACKUP"));
  add({"}", "]", ",", "\"hosts\"", ":", "[", "\"b.test\"", "]", "}", "]", "}"});
  std::mt19937 random(1);  // the same layouts each time
  for (int i = 0; i < 100; ++i) {
    PinFileText text(LaidOut(tokens, &random));
    ASSERT_EQ(Pins(text.text()), "1AC 2BA+ 3BA | 2");
    text.AddPin(0, Added());
    ASSERT_EQ(Pins(text.text()), "1AC 2BA+ 3BA 7BA | 2");
    text.RemoveTimes(0, 1);
    text.SetVersion(42);
    ASSERT_EQ(Pins(text.text()), "1AC 2BA 3BA 7BA | 2");
    text.RemovePin(0, 2);
    text.SetState(0, 1, v1::ACTIVE);
    ASSERT_EQ(Pins(text.text()), "1AC 2AC 7BA | 2");
    text.RemovePin(0, 0);
    ASSERT_EQ(Pins(text.text()), "2AC 7BA | 2");
    text.AddPin(
        1, {{PinKind::kSpki, x509::Sha256("x").value()}, v1::RETIRING, absl::InfinitePast(), absl::InfiniteFuture()});
    text.RemovePin(1, 2);
    ASSERT_EQ(Pins(text.text()), "2AC 7BA | 2");
  }
}

}  // namespace
}  // namespace pinion::cli
