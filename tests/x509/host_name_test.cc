#include "pinion/x509/host_name.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace pinion::x509 {
namespace {

struct Pair {
  absl::string_view given;
  absl::string_view expected;
};

std::string Repeat(absl::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) absl::StrAppend(&all, text);
  return all;
}

std::string NotAHost(absl::string_view why, absl::string_view quoted) {
  return absl::StrCat("not a host name: ", why, ": \"", absl::CHexEscape(quoted), "\"");
}

TEST(HostNameTest, NamesAreNormalised) {
  const Pair cases[] = {
      {"a.test", "a.test"},
      {"A.Test", "a.test"},
      {"a.test.", "a.test"},
      {"localhost", "localhost"},
      {"_grpc.a-b.test", "_grpc.a-b.test"},
      {"xn--mnchen-3ya.test", "xn--mnchen-3ya.test"},
      {"1.2.3.4.test", "1.2.3.4.test"},
      {"1a", "1a"},
  };
  for (const Pair& one : cases) {
    const absl::StatusOr<HostName> host = HostName::Parse(one.given);
    ASSERT_TRUE(host.ok()) << host.status();
    EXPECT_EQ(host->text(), std::string(one.expected));
    EXPECT_FALSE(host->is_address());
  }
}

TEST(HostNameTest, AddressesAreBytesAndHaveOneSpelling) {
  const struct {
    absl::string_view given;
    absl::string_view text;
    absl::string_view hex;
  } cases[] = {
      {"1.2.3.4", "1.2.3.4", "01020304"},
      {"::1", "::1", "00000000000000000000000000000001"},
      {"[::1]", "::1", "00000000000000000000000000000001"},
      {"0:0:0:0:0:0:0:1", "::1", "00000000000000000000000000000001"},
      {"2001:DB8::A", "2001:db8::a", "20010db800000000000000000000000a"},
      // Not the IPv4 address within.
      {"::ffff:1.2.3.4", "::ffff:1.2.3.4", "00000000000000000000ffff01020304"},
  };
  for (const auto& one : cases) {
    const absl::StatusOr<HostName> host = HostName::Parse(one.given);
    ASSERT_TRUE(host.ok()) << host.status();
    EXPECT_TRUE(host->is_address());
    EXPECT_EQ(host->text(), std::string(one.text));
    EXPECT_EQ(absl::BytesToHexString(host->address()), one.hex);
  }
}

TEST(HostNameTest, WhatIsNoHostIsRefusedWithTheCause) {
  constexpr absl::string_view kCharacters = "only letters, digits, '-', '_' and '.' are allowed";
  constexpr absl::string_view kNumber = "its last label is a number, and it is not an IPv4 address";
  const Pair cases[] = {
      {"", "it is empty"},
      {".", "it is empty"},
      {"a..test", "it has an empty label"},
      {".a.test", "it has an empty label"},
      {"a.test..", "it has an empty label"},
      {"m\xc3\xbcnchen.test", "write international names as A-labels (xn--...)"},
      {"a b.test", kCharacters},
      {"a.test\n", kCharacters},
      {absl::string_view("a.test\0.evil", 12), kCharacters},
      {absl::string_view("1.2.3.4\0", 8), kCharacters},
      {"a.test:443", kCharacters},
      {"https://a.test", kCharacters},
      {"user@a.test", kCharacters},
      {"*.a.test", kCharacters},
      {"fe80::1%eth0", kCharacters},
      {"[::1", kCharacters},
      {"::1]", kCharacters},
      {"[[::1]]", kCharacters},
      {"[a.test]", kCharacters},
      {"[1.2.3.4", kCharacters},
      {"[1.2.3.4]", "brackets are for IPv6 addresses"},
      {"-a.test", "a label begins or ends with '-'"},
      {"a-.test", "a label begins or ends with '-'"},
      {"1.2.3", kNumber},
      {"1.2.3.4.5", kNumber},
      {"1.2.3.256", kNumber},
      {"1.2.3.04", kNumber},
      {"1.2.3.4.", kNumber},
      {"2130706433", kNumber},
      {"a.1", kNumber},
  };
  for (const Pair& one : cases) {
    const absl::StatusOr<HostName> host = HostName::Parse(one.given);
    EXPECT_EQ(host.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(host.status().message(), NotAHost(one.expected, one.given));
  }
}

TEST(HostNameTest, LengthsAreThoseOfTheDns) {
  const std::string label(63, 'a');
  EXPECT_TRUE(HostName::Parse(label + ".test").ok());
  EXPECT_EQ(HostName::Parse(label + "a.test").status().message(),
            NotAHost("a label is longer than 63 characters", (label + "a.test")));
  const std::string longest = Repeat("a.", 126) + "a";
  EXPECT_EQ(longest.size(), 253);
  EXPECT_TRUE(HostName::Parse(longest).ok());
  EXPECT_TRUE(HostName::Parse(longest + ".").ok());
  EXPECT_EQ(HostName::Parse(longest + "a").status().message(),
            NotAHost("it is longer than 253 characters", longest.substr(0, 80)));
}

TEST(HostNameTest, TargetsGiveTheirHost) {
  const Pair cases[] = {
      {"a.test", "a.test"},
      {"A.test:443", "a.test"},
      {"dns:a.test", "a.test"},
      {"dns:a.test:443", "a.test"},
      {"dns:/a.test:443", "a.test"},
      {"dns:///a.test:443", "a.test"},
      {"dns://8.8.8.8/a.test:443", "a.test"},
      {"dns://8.8.8.8:53/a.test", "a.test"},
      {"dns:///[::1]:443", "::1"},
      {"1.2.3.4:5", "1.2.3.4"},
      {"ipv4:1.2.3.4:5", "1.2.3.4"},
      {"ipv4:///1.2.3.4:5", "1.2.3.4"},
      {"::1", "::1"},
      {"[::1]", "::1"},
      {"[::1]:5", "::1"},
      {"ipv6:[::1]:5", "::1"},
      {"ipv6:::1", "::1"},
  };
  for (const Pair& one : cases) {
    const absl::StatusOr<HostName> host = HostName::FromTarget(one.given);
    ASSERT_TRUE(host.ok()) << host.status();
    EXPECT_EQ(host->text(), std::string(one.expected)) << one.given;
  }
}

TEST(HostNameTest, TargetsThatNameNoSingleHostAreRefused) {
  for (const absl::string_view target : {"",
                                         ":443",
                                         "dns:",
                                         "dns:///",
                                         "dns://a.test",
                                         "dns:///a.test/b:443",
                                         "https://a.test",
                                         "a.test:https",
                                         "https://a.test:443",
                                         "unix:/run/a.sock",
                                         "unix:///run/a.sock",
                                         "unix-abstract:a/b",
                                         "xds:///a.test",
                                         "ipv4:1.2.3.4:5,6.7.8.9:5",
                                         "a.test:443:444",
                                         "ipv6:%5B::1%5D:80",
                                         "[a.test]:443",
                                         "a.test:65536",
                                         "dns:///a.test:4294967297",
                                         "[::1]:-1",
                                         "1.2.3.4:https",
                                         "a.test:"}) {
    EXPECT_EQ(HostName::FromTarget(target).status().code(), absl::StatusCode::kInvalidArgument) << target;
  }
}

TEST(HostPatternTest, PatternsAreNormalised) {
  const Pair cases[] = {
      {"A.test.", "a.test"}, {"*.A.test.", "*.a.test"}, {"[::1]", "::1"}, {"1.2.3.4", "1.2.3.4"}, {"*._a.b", "*._a.b"},
  };
  for (const Pair& one : cases) {
    const absl::StatusOr<HostPattern> pattern = HostPattern::Parse(one.given);
    ASSERT_TRUE(pattern.ok()) << pattern.status();
    EXPECT_EQ(pattern->text(), std::string(one.expected));
    EXPECT_EQ(pattern->is_wildcard(), one.given[0] == '*');
  }
}

TEST(HostPatternTest, AWildcardIsTheWholeLeftMostLabelOfThreeOrMore) {
  constexpr absl::string_view kTooShort = "\"*.\" must precede a name of at least two labels";
  constexpr absl::string_view kCharacters = "only letters, digits, '-', '_' and '.' are allowed";
  const struct {
    absl::string_view given;
    absl::string_view why;
    absl::string_view quoted;
  } cases[] = {
      {"*", kCharacters, "*"},
      {"*.", "it is empty", ""},
      {"*.test", kTooShort, "*.test"},
      {"*.test.", kTooShort, "*.test."},
      {"*.1.2.3.4", kTooShort, "*.1.2.3.4"},
      {"*.[::1]", kTooShort, "*.[::1]"},
      {"*.*.a.test", kCharacters, "*.a.test"},
      {"a*.b.test", kCharacters, "a*.b.test"},
      {"*a.b.test", kCharacters, "*a.b.test"},
      {"a.*.test", kCharacters, "a.*.test"},
      {"**.a.test", kCharacters, "**.a.test"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(HostPattern::Parse(one.given).status().message(), NotAHost(one.why, one.quoted)) << one.given;
  }
}

TEST(HostPatternTest, MatchingTable) {
  const struct {
    absl::string_view pattern;
    absl::string_view host;
    bool matches;
  } cases[] = {
      {"a.test", "a.test", true},       {"A.TEST", "a.test.", true},          {"a.test", "b.test", false},
      {"a.test", "a.test.evil", false}, {"a.test", "b.a.test", false},        {"*.a.test", "b.a.test", true},
      {"*.A.test", "B.a.Test", true},   {"*.a.test", "a.test", false},        {"*.a.test", "c.b.a.test", false},
      {"*.a.test", "ba.test", false},   {"*.a.test", "b.a.test.evil", false}, {"*.a.test", "xn--b-1ga.a.test", true},
      {"*.3.test", "2.3.test", true},   {"1.2.3.4", "1.2.3.4", true},         {"1.2.3.4", "1.2.3.5", false},
      {"::1", "0:0::1", true},          {"1.2.3.4", "::ffff:1.2.3.4", false},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(HostPattern::Parse(one.pattern)->Matches(*HostName::Parse(one.host)), one.matches)
        << one.pattern << " against " << one.host;
  }
}

}  // namespace
}  // namespace pinion::x509
