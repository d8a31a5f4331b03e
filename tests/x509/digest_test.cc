#include "pinion/x509/encoding/digest.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace pinion::x509 {
namespace {

// FIPS 180-4's example: SHA-256 of "abc".
constexpr absl::string_view kAbcHex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr absl::string_view kAbcPin = "sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

TEST(DigestTest, Sha256GivesTheStandardsAnswers) {
  EXPECT_EQ(Hex(Sha256("abc").value()), kAbcHex);
  EXPECT_EQ(Hex(Sha256("").value()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_NE(Sha256(absl::string_view("a\0b", 3)).value(), Sha256("a").value());
}

TEST(DigestTest, PinTextIsStandardBase64) {
  EXPECT_EQ(ToPinText(Sha256("abc").value()), kAbcPin);
  EXPECT_EQ(ToPinText(Sha256Digest()), "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

TEST(DigestTest, PinTextComesBackAsTheSameDigest) {
  for (const absl::string_view bytes : {"", "a", "b", "abc"}) {
    const absl::StatusOr<Sha256Digest> back = FromPinText(ToPinText(Sha256(bytes).value()));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, Sha256(bytes).value());
  }
}

struct Malformed {
  absl::string_view text;
  absl::string_view why;
};

constexpr absl::string_view kNoPrefix = "it does not begin with \"sha256/\"";
constexpr absl::string_view kGarbled = "its base64 is malformed";
constexpr absl::string_view kNotCanonical = "its base64 is not in canonical form";

constexpr Malformed kMalformed[] = {
    {"", kNoPrefix},
    {"sha256", kNoPrefix},
    {"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", kNoPrefix},
    {"SHA256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", kNoPrefix},
    {"sha-256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", kNoPrefix},
    {"sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", kNoPrefix},
    {"sha1/qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", kNoPrefix},
    {" sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", kNoPrefix},
    {"\"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\"", kNoPrefix},
    {"pin-sha256=\"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\"", kNoPrefix},
    {"sha256/", "its base64 has 0 characters"},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa=", "its base64 has 43 characters"},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0", "its base64 has 43 characters"},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0==", "its base64 has 45 characters"},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0= ", "its base64 has 45 characters"},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n", "its base64 has 45 characters"},
    // As curl spells it.
    {"sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "its base64 has 45 characters"},
    {"sha256/sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "its base64 has 51 characters"},
    // Of SHA-1, and of SHA-256 in hexadecimal.
    {"sha256/qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "its base64 has 28 characters"},
    {"sha256/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "its base64 has 64 characters"},
    {"sha256/ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=", kGarbled},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0!", kGarbled},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0A", kGarbled},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa==", kGarbled},
    {"sha256/ungWv48Bz+pB=UDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", kGarbled},
    {"sha256/============================================", kGarbled},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7\303\244YaOWF3qctBD/YfIAFa0=", kGarbled},
    {absl::string_view("sha256/ungWv48Bz+pBQUDeXa4iI7\0DYaOWF3qctBD/YfIAFa0=", 51), kGarbled},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7 DYaOWF3qctBD/YfIAFa0=", kGarbled},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0\n", kNotCanonical},
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0.", kNotCanonical},
    // The last character's two spare bits, which other decoders ignore.
    {"sha256/ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=", kNotCanonical},
};

TEST(DigestTest, EveryMalformedPinIsRefusedInWordsOfItsOwn) {
  for (const Malformed& one : kMalformed) {
    const absl::StatusOr<Sha256Digest> digest = FromPinText(one.text);
    EXPECT_EQ(digest.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(digest.status().message(),
              absl::StrCat("not a pin: ", one.why, ": \"", absl::CHexEscape(one.text),
                           "\"; a pin is \"sha256/\" and the 44 base64 characters of a SHA-256 digest"));
  }
}

TEST(DigestTest, AnErrorQuotesOnlyTheBeginningOfLongText) {
  EXPECT_EQ(FromPinText(std::string(1000000, 'x')).status().message(),
            absl::StrCat("not a pin: ", kNoPrefix, ": \"", std::string(80, 'x'),
                         "\"; a pin is \"sha256/\" and the 44 base64 characters of a SHA-256 digest"));
}

}  // namespace
}  // namespace pinion::x509
