#include "pinion/x509/encoding/pem.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

// Two certificates, as DER and as PEM.
struct Pair {
  const TestCa ca{"PEM CA", kNow};
  const std::string first = ca.Issue({"first.test"}).chain.front();
  const std::string second = ca.Issue({"second.test"}).chain.front();
  const std::string first_pem = EncodePem(first);
  const std::string second_pem = EncodePem(second);
};

const Pair& Sound() {
  static const auto* const pair = new Pair();
  return *pair;
}

std::string ErrorOf(absl::string_view pem) {
  const absl::StatusOr<std::vector<std::string>> decoded = DecodePem(pem);
  EXPECT_TRUE(decoded.ok() || decoded.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(decoded.status().message());
}

TEST(PemTest, EveryBlockIsReadInOrder) {
  EXPECT_THAT(OrDie(DecodePem(Sound().first_pem)), ElementsAre(Sound().first));
  EXPECT_THAT(OrDie(DecodePem(Sound().first_pem + Sound().second_pem)), ElementsAre(Sound().first, Sound().second));
  EXPECT_THAT(OrDie(DecodePem(Sound().second_pem + Sound().first_pem + Sound().second_pem)),
              ElementsAre(Sound().second, Sound().first, Sound().second));
}

TEST(PemTest, TextOutsideOfTheBlocksIsPassedOver) {
  EXPECT_THAT(OrDie(DecodePem(absl::StrCat("subject=CN = first\n", Sound().first_pem, "\n# -- second --\n",
                                           Sound().second_pem, "end\n"))),
              ElementsAre(Sound().first, Sound().second));
}

TEST(PemTest, LinesMayEndWithCarriageReturnsAndTheLastWithoutAnything) {
  EXPECT_THAT(OrDie(DecodePem(absl::StrReplaceAll(Sound().first_pem, {{"\n", "\r\n"}}))), ElementsAre(Sound().first));
  EXPECT_THAT(OrDie(DecodePem(Sound().first_pem.substr(0, Sound().first_pem.size() - 1))), ElementsAre(Sound().first));
}

TEST(PemTest, LinesMayEndWithCarriageReturnsAloneAndMayBeIndented) {
  const std::string both = Sound().first_pem + Sound().second_pem;
  EXPECT_THAT(OrDie(DecodePem(absl::StrReplaceAll(both, {{"\n", "\r"}}))), ElementsAre(Sound().first, Sound().second));
  EXPECT_THAT(OrDie(DecodePem(absl::StrCat("  ", absl::StrReplaceAll(both, {{"\n", " \n\t "}})))),
              ElementsAre(Sound().first, Sound().second));
  EXPECT_THAT(OrDie(DecodePem(absl::StrCat("\xef\xbb\xbf", both))), ElementsAre(Sound().first, Sound().second));
}

// An operator disables a CA in a bundle by writing '#' before each of its lines.
TEST(PemTest, ABlockThatIsCommentedOutDoesNotCount) {
  const std::string comment = "# " + absl::StrReplaceAll(Sound().first_pem, {{"\n", "\n# "}}) + "\n";
  EXPECT_THAT(OrDie(DecodePem(comment + Sound().second_pem)), ElementsAre(Sound().second));
  EXPECT_THAT(OrDie(DecodePem(Sound().second_pem + comment)), ElementsAre(Sound().second));
  EXPECT_THAT(OrDie(DecodePem(absl::StrReplaceAll(comment, {{"# ", "  #"}}) + Sound().second_pem)),
              ElementsAre(Sound().second));
  EXPECT_THAT(OrDie(DecodePem("# -----BEGIN CERTIFICATE----- blocks: a CA each\n" + Sound().second_pem)),
              ElementsAre(Sound().second));
  EXPECT_EQ(ErrorOf(comment), "there is no certificate in it");
}

TEST(PemTest, ABlockThatIsCommentedOutInPartIsAnError) {
  const std::string& pem = Sound().first_pem;
  EXPECT_THAT(ErrorOf("#" + pem), HasSubstr("a PEM block is truncated"));
  EXPECT_THAT(ErrorOf(absl::StrReplaceAll(pem, {{"-----END", "#-----END"}}) + Sound().second_pem),
              StartsWith("PEM block 1 is garbled at line "));
  EXPECT_THAT(ErrorOf(absl::StrReplaceAll(pem, {{"\nMII", "\n#MII"}})), StartsWith("PEM block 1 is garbled at line 2"));
  for (const absl::string_view other : {"; ", "// ", "-- ", "x"}) {
    EXPECT_THAT(ErrorOf(absl::StrCat(other, pem)), HasSubstr("a BEGIN boundary is damaged or shares its line"))
        << other;
  }
}

TEST(PemTest, FilesThatWereJoinedWithoutALineEndAreNamedAsSuch) {
  const std::string first = Sound().first_pem.substr(0, Sound().first_pem.size() - 1);
  EXPECT_THAT(ErrorOf(first + Sound().second_pem), HasSubstr("other text is on the line of its END boundary"));
}

TEST(PemTest, AVariablesLineEndsAreNamedWithTheirConversion) {
  for (const absl::string_view before : {"", "\"", "CA="}) {
    const std::string one_line = absl::StrCat(before, absl::StrReplaceAll(Sound().first_pem, {{"\n", "\\n"}}));
    EXPECT_THAT(ErrorOf(one_line), HasSubstr("line 1: its line ends are the two characters \\n")) << before;
    EXPECT_EQ(ErrorOf(absl::StrCat("# ", one_line)), "there is no certificate in it");
  }
}

TEST(PemTest, DerAndOtherFormsAreNamedWithTheirConversion) {
  const auto issued = Sound().ca.Issue({"a.test"});
  EXPECT_THAT(ErrorOf(Sound().first), HasSubstr("it is DER, not PEM: a certificate; convert it with openssl x509 "));
  EXPECT_THAT(ErrorOf(OrDie(ReadPem(issued.PrivateKeyPem())).front().der), HasSubstr("it is DER, not PEM: a private"));
  EXPECT_THAT(ErrorOf(absl::StrReplaceAll(Sound().first_pem, {{"CERTIFICATE", "PKCS7"}})),
              HasSubstr("convert it with openssl pkcs7 -print_certs"));
  std::string utf_16 = "\xff\xfe";
  for (const char c : Sound().first_pem) utf_16.append({c, '\0'});
  EXPECT_THAT(ErrorOf(utf_16), HasSubstr("it is text in UTF-16; convert it with iconv"));
}

TEST(PemTest, APrivateKeyIsPassedOverWhereItMayStand) {
  const std::string key = Sound().ca.Issue({"a.test"}).PrivateKeyPem();
  EXPECT_THAT(OrDie(DecodePem(key + Sound().first_pem, BesideCertificates::kPrivateKey)), ElementsAre(Sound().first));
  EXPECT_THAT(OrDie(DecodePem(Sound().first_pem + key, BesideCertificates::kPrivateKey)), ElementsAre(Sound().first));
  const std::string crl = absl::StrReplaceAll(Sound().first_pem, {{"CERTIFICATE", "X509 CRL"}});
  EXPECT_FALSE(DecodePem(Sound().first_pem + crl, BesideCertificates::kPrivateKey).ok());
}

TEST(PemTest, NoCertificateIsAnError) {
  for (const absl::string_view text : {"", "\n", "not PEM"}) {
    EXPECT_EQ(ErrorOf(text), "there is no certificate in it");
  }
}

TEST(PemTest, ABlockOfAnotherKindIsRefused) {
  const std::string key = Sound().ca.Issue({"a.test"}).PrivateKeyPem();
  EXPECT_EQ(ErrorOf(Sound().first_pem + key), "a block is not a certificate but \"PRIVATE KEY\"");
  EXPECT_EQ(ErrorOf(key + Sound().first_pem), "a block is not a certificate but \"PRIVATE KEY\"");
  for (const absl::string_view label : {"TRUSTED CERTIFICATE", "X509 CERTIFICATE", "CERTIFICATE REQUEST", "X509 CRL"}) {
    EXPECT_THAT(ErrorOf(absl::StrReplaceAll(Sound().first_pem, {{"CERTIFICATE", label}})),
                HasSubstr(absl::StrCat("a block is not a certificate but \"", label, "\"")));
  }
}

TEST(PemTest, ATruncatedFirstLineIsNotTakenForTextBetweenBlocks) {
  const std::string& good = Sound().first_pem;
  const std::string& other = Sound().second_pem;
  const size_t first_line = other.find('\n') + 1;
  for (const size_t begin : {size_t{1}, size_t{5}, size_t{11}, first_line}) {
    EXPECT_THAT(ErrorOf(good + other.substr(begin)), AnyOf(HasSubstr("is truncated"), HasSubstr("is damaged")))
        << begin;
    EXPECT_THAT(ErrorOf(other.substr(begin) + good), AnyOf(HasSubstr("is truncated"), HasSubstr("is damaged")))
        << begin;
  }
  const std::string short_end = absl::StrReplaceAll(other, {{"BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE----"}});
  EXPECT_THAT(ErrorOf(good + short_end), HasSubstr("a BEGIN boundary is damaged"));
}

TEST(PemTest, ATruncatedEndIsAnError) {
  const std::string& pem = Sound().second_pem;
  for (const size_t kept : {pem.size() - 2, pem.size() - 8, pem.size() - 26, pem.size() - 40, size_t{60}}) {
    EXPECT_THAT(ErrorOf(pem.substr(0, kept)), StartsWith("PEM block 1 is garbled at line ")) << kept;
    EXPECT_THAT(ErrorOf(Sound().first_pem + pem.substr(0, kept)), StartsWith("PEM block 2 is garbled at line "))
        << kept;
    EXPECT_THAT(ErrorOf(pem.substr(0, kept) + Sound().first_pem),
                AnyOf(StartsWith("PEM block 1 is garbled at line "), HasSubstr("is truncated")))
        << kept;
  }
}

TEST(PemTest, GarbledBase64IsAnError) {
  std::string garbled = Sound().second_pem;
  garbled[100] = '!';
  EXPECT_THAT(ErrorOf(Sound().first_pem + garbled), StartsWith("PEM block 2 is garbled at line "));
}

TEST(PemTest, OneBadCertificateRefusesTheBundle) {
  const std::string bad = EncodePem(Sound().second.substr(0, 100));
  const absl::StatusOr<std::vector<Certificate>> parsed = ParsePem(Sound().first_pem + bad + Sound().second_pem);
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(parsed.status().message()), StartsWith("certificate 2: not a certificate: "));
  EXPECT_EQ(ParsePem(Sound().first_pem + EncodePem(Sound().second + "x")).status().message(),
            "certificate 2: bytes follow the certificate");
  EXPECT_EQ(OrDie(ParsePem(Sound().first_pem + Sound().second_pem)).size(), 2);
}

}  // namespace
}  // namespace pinion::x509
