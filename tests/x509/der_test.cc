#include "pinion/x509/encoding/der.h"

#include <algorithm>
#include <ctime>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/x509/from_hex.h"

namespace pinion::x509 {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(absl::string_view hex) { return std::string(CheckDer(testing::FromHex(hex)).message()); }

TEST(DerTest, WhatIsDerPasses) {
  for (const char* hex :
       {"0500", "3000", "0101ff", "010100", "020100", "02020080", "0201ff", "0202ff7f", "030100", "03020780",
        "06032a8648", "170d3236303630313132303030305a", "180f32303530303630313132303030305a", "0c026162", "a203800161",
        "3006300431020500", "0c00", "2800"}) {
    EXPECT_EQ(ErrorOf(hex), "") << hex;
  }
  EXPECT_TRUE(CheckDer(absl::StrCat(testing::FromHex("048180"), std::string(128, 'x'))).ok());
}

TEST(DerTest, ASecondSpellingIsRefused) {
  const struct {
    const char* hex;
    const char* fault;
  } rows[] = {
      {"", "truncated"},
      {"30", "truncated"},
      {"300102", "truncated"},
      {"3003020200", "truncated"},
      {"0c8500000000016162", "truncated"},
      {"3080020105"
       "0000",
       "a length is indefinite"},
      {"3081020500", "a length is not minimal"},
      {"3082000205"
       "00",
       "a length is not minimal"},
      {"30060c8200026162", "a length is not minimal"},
      {"05000500", "bytes follow the element"},
      {"1f810100", "a tag has more than one byte"},
      {"30020000", "an end of contents"},
      {"1000", "a SEQUENCE or SET is primitive"},
      {"1100", "a SEQUENCE or SET is primitive"},
      {"2c040c026162", "a string or number is constructed"},
      {"2203020105", "a string or number is constructed"},
      {"2403040161", "a string or number is constructed"},
      {"370f170d3236303630313132303030305a", "a string or number is constructed"},
      {"a2053603160161", "a string or number is constructed"},
      {"0200", "an INTEGER is empty"},
      {"02020005", "an INTEGER is not minimal"},
      {"0202ff80", "an INTEGER is not minimal"},
      {"0a020005", "an INTEGER is not minimal"},
      {"010101", "a BOOLEAN is neither 00 nor FF"},
      {"0100", "a BOOLEAN is neither 00 nor FF"},
      {"0102ffff", "a BOOLEAN is neither 00 nor FF"},
      {"0300", "a BIT STRING is empty"},
      {"030107", "more unused bits than bits"},
      {"03020880", "more unused bits than bits"},
      {"03020781", "unused bits of a BIT STRING are set"},
      {"050100", "a NULL has content"},
      {"0600", "an OBJECT IDENTIFIER is truncated"},
      {"06022a86", "an OBJECT IDENTIFIER is truncated"},
      {"06032a8001", "a number of an OBJECT IDENTIFIER is not minimal"},
      {"170b323630363031313230305a", "a time is not to the second"},
      {"171132363036303131323030"
       "30302b30303030",
       "a time is not to the second"},
      {"180d3236303630313132303030305a", "a time is not to the second"},
      {"181132303530303630313132303030302e355a", "a time is not to the second"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(ErrorOf(row.hex), HasSubstr(row.fault)) << row.hex;
    // The same one level down.
    const std::string bytes = testing::FromHex(row.hex);
    if (bytes.empty() || std::string(row.fault) == "bytes follow the element") continue;
    const std::string within = absl::StrCat("\x30", std::string(1, static_cast<char>(bytes.size())), bytes);
    EXPECT_THAT(std::string(CheckDer(within).message()), HasSubstr(row.fault)) << row.hex;
  }
}

TEST(DerTest, AnErrorSaysAtWhichByte) {
  EXPECT_EQ(ErrorOf("30060500020200"
                    "05"),
            "not DER: an INTEGER is not minimal, at byte 4");
}

TEST(DerTest, DepthHasALimit) {
  std::string nested;
  for (int i = 0; i < 32; ++i) nested = absl::StrCat("\x30", std::string(1, static_cast<char>(nested.size())), nested);
  EXPECT_TRUE(CheckDer(nested).ok());
  nested = absl::StrCat("\x30", std::string(1, static_cast<char>(nested.size())), nested);
  EXPECT_THAT(std::string(CheckDer(nested).message()), HasSubstr("nested too deeply"));
}

// Returns a SEQUENCE of `count` NULLs, which must be 2^15 to 2^22.
std::string Nulls(size_t count) {
  std::string elements(2 * count, '\0');
  for (size_t i = 0; i < elements.size(); i += 2) elements[i] = 5;
  const char length[] = {'\x30', '\x83', static_cast<char>(elements.size() >> 16),
                         static_cast<char>(elements.size() >> 8), static_cast<char>(elements.size())};
  return absl::StrCat(absl::string_view(length, sizeof(length)), elements);
}

std::clock_t TimeToCheck(const std::string& der) {
  const std::clock_t begin = std::clock();
  EXPECT_TRUE(CheckDer(der).ok());
  return std::clock() - begin;
}

TEST(DerTest, TimeIsLinearInTheSize) {
  // 128 times as many: a quadratic check takes 16,384 times as long.
  const std::clock_t few = TimeToCheck(Nulls(size_t{1} << 15));
  EXPECT_LT(TimeToCheck(Nulls(size_t{1} << 22)), 1000 * std::max<std::clock_t>(few, 1));
}

TEST(DerTest, ALengthThatIsNotMinimalIsRefusedInALargeSequence) {
  const std::string der = Nulls(size_t{1} << 22);
  EXPECT_THAT(std::string(CheckDer(absl::StrCat(testing::FromHex("308400800000"), der.substr(5))).message()),
              HasSubstr("a length is not minimal"));
}

}  // namespace
}  // namespace pinion::x509
