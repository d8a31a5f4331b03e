#include "pinion/x509/names.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"
#include "tests/x509/resigned.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

const TestCa& Ca() {
  static const auto* const ca = new TestCa("Names CA", kNow);
  return *ca;
}

SubjectAltNames NamesOf(const std::vector<std::string>& names) {
  return OrDie(Certificate::FromDer(Ca().Issue(names).chain.front())).names();
}

// The error for a certificate whose subjectAltName extension has these bytes.
std::string ErrorOf(const std::string& extension) {
  const std::string der = Ca().Issue({}, [&](auto& recipe) { recipe.raw_subject_alt_name = extension; }).chain.front();
  const absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
  EXPECT_TRUE(certificate.ok() || certificate.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(certificate.status().message());
}

// One GeneralName with this tag byte.
std::string RawName(unsigned char tag, absl::string_view bytes) {
  const std::string name = absl::StrCat(std::string{static_cast<char>(tag), static_cast<char>(bytes.size())}, bytes);
  return absl::StrCat(std::string{0x30, static_cast<char>(name.size())}, name);
}

TEST(NamesTest, EachKindIsKeptApart) {
  const SubjectAltNames names =
      NamesOf({"a.test", "*.B.test", "spiffe://prod/Payments", "192.0.2.1", "2001:db8::1", "c.test"});
  EXPECT_THAT(names.dns, ElementsAre("a.test", "*.B.test", "c.test"));
  EXPECT_THAT(names.uris, ElementsAre("spiffe://prod/Payments"));
  EXPECT_THAT(names.addresses, ElementsAre(std::string("\xc0\0\x02\x01", 4),
                                           std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16)));
}

TEST(NamesTest, OtherKindsOfNameArePassedOver) {
  const std::string der = Resigned(Ca().Issue({}).chain.front(), Ca().issuer().key, [](X509* certificate) {
    SetExtension(certificate, NID_subject_alt_name, "email:a@b.test,RID:1.2.3.4,DNS:a.test");
  });
  const SubjectAltNames names = OrDie(Certificate::FromDer(der)).names();
  EXPECT_THAT(names.dns, ElementsAre("a.test"));
  EXPECT_THAT(names.uris, IsEmpty());
  EXPECT_THAT(names.addresses, IsEmpty());
}

TEST(NamesTest, NoExtensionMeansNoNames) {
  const SubjectAltNames names = NamesOf({});
  EXPECT_EQ(names.ToString(), "none");
  EXPECT_FALSE(names.Covers(*HostName::Parse("nobody")));
}

TEST(NamesTest, TheCommonNameIsNoName) {
  const std::string der = Ca().Issue({"b.test"}, [](auto& recipe) { recipe.common_name = "a.test"; }).chain.front();
  EXPECT_FALSE(OrDie(Certificate::FromDer(der)).names().Covers(*HostName::Parse("a.test")));
}

TEST(NamesTest, CoversTable) {
  const struct {
    const char* name;
    absl::string_view host;
    bool covers;
  } cases[] = {
      {"a.test", "A.test.", true},
      {"A.TEST", "a.test", true},
      {"a.test", "b.test", false},
      {"*.a.test", "b.a.test", true},
      {"*.a.test", "a.test", false},
      {"*.a.test", "c.b.a.test", false},
      {"*.test", "a.test", false},
      {"b*.a.test", "bc.a.test", false},
      {"*", "localhost", false},
      // A dNSName has no trailing dot (RFC 5280 §4.2.1.6).
      {"a.test.", "a.test", false},
      {"a.test:443", "a.test", false},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.1", "::ffff:192.0.2.1", false},
      {"2001:db8::1", "2001:0db8:0::1", true},
      // The host in a URI does not count.
      {"https://a.test", "a.test", false},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(NamesOf({one.name}).Covers(OrDie(HostName::Parse(one.host))), one.covers)
        << one.name << " for " << one.host;
  }
}

TEST(NamesTest, AnAddressWrittenAsADnsNameCoversNoAddress) {
  for (const std::string text : {"192.0.2.1", "::1", "*.0.2.1"}) {
    const std::string der = Ca().Issue({}, [&](auto& recipe) { recipe.dns = {text}; }).chain.front();
    const SubjectAltNames names = OrDie(Certificate::FromDer(der)).names();
    EXPECT_THAT(names.dns, ElementsAre(text));
    EXPECT_FALSE(names.Covers(*HostName::Parse("192.0.2.1")));
    EXPECT_FALSE(names.Covers(*HostName::Parse("::1")));
  }
}

TEST(NamesTest, ADnsNameOrUriMustBeVisibleAscii) {
  EXPECT_EQ(ErrorOf(x509::RawDnsName("a.test")), "");
  const struct {
    std::string bytes;
    const char* shown;
  } cases[] = {
      {std::string("a.test\0.evil", 12), R"(a.test\x00.evil)"},
      {std::string("a.test\0", 7), R"(a.test\x00)"},
      {std::string("\0", 1), R"(\x00)"},
      {"", ""},
      {"a b.test", "a b.test"},
      {"a.test\n", R"(a.test\n)"},
      {"m\xc3\xbcnchen.test", R"(m\xc3\xbcnchen.test)"},
      {"\x1b[2J\"", R"(\x1b[2J\")"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(ErrorOf(x509::RawDnsName(one.bytes)),
              absl::StrCat("subjectAltName: a DNS name is not visible ASCII: \"", one.shown, "\""));
    EXPECT_EQ(ErrorOf(RawName(0x86, one.bytes)),
              absl::StrCat("subjectAltName: a URI is not visible ASCII: \"", one.shown, "\""));
  }
}

TEST(NamesTest, AnAddressHas4Or16Bytes) {
  for (const size_t size : {0, 1, 3, 5, 8, 15, 17, 32}) {
    std::string shown;
    for (size_t i = 0; i < size; ++i) shown += "\\x01";
    EXPECT_EQ(ErrorOf(x509::RawIpAddress(std::string(size, '\x01'))),
              absl::StrCat("subjectAltName: an IP address is not 4 or 16 bytes long: \"", shown, "\""));
  }
  EXPECT_EQ(ErrorOf(x509::RawIpAddress(std::string(4, '\x01'))), "");
  EXPECT_EQ(ErrorOf(x509::RawIpAddress(std::string(16, '\x01'))), "");
}

TEST(NamesTest, OneBadNameAmongGoodOnesIsRefused) {
  const std::string two = std::string(
      "\x30\x0c\x82\x06"
      "a.test\x82\x02"
      "b\0",
      14);
  EXPECT_EQ(ErrorOf(two), R"(subjectAltName: a DNS name is not visible ASCII: "b\x00")");
}

TEST(NamesTest, AnExtensionThatIsNoListOfNamesIsRefused) {
  for (const std::string& bytes : {
           std::string("\x02\x01\x07", 3),  // an INTEGER
           std::string("\x0c\x06"
                       "a.test",
                       8),  // a UTF8String
           std::string("\x30\x08\x0c\x06"
                       "a.test",
                       10),          // a list of one
           RawName(0xa2, "a.test"),  // a DNS name that claims to be constructed
           RawName(0x89, "a.test"),  // a kind of name that does not exist
           std::string("\x30\x20\x82\x06"
                       "a.test",
                       10),  // longer than what is there
           std::string("garbage"),
       }) {
    EXPECT_THAT(ErrorOf(bytes), StartsWith("subjectAltName: ")) << absl::BytesToHexString(bytes);
  }
  EXPECT_EQ(ErrorOf(x509::RawDnsName("a.test") + x509::RawDnsName("b.test")),
            "subjectAltName: bytes follow the list of names");
}

TEST(NamesTest, TheExtensionMayStandOnce) {
  const std::string der = Resigned(Ca().Issue({"a.test"}).chain.front(), Ca().issuer().key, [](X509* certificate) {
    X509_add_ext(certificate, X509_get_ext(certificate, X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1)),
                 -1);
  });
  EXPECT_EQ(Certificate::FromDer(der).status().message(), "subjectAltName: the extension occurs twice");
}

TEST(NamesTest, TextIsTruncatedAndCountsTheOmittedNames) {
  EXPECT_EQ(NamesOf({"a.test", "spiffe://a", "192.0.2.1", "::1"}).ToString(),
            "DNS:a.test, URI:spiffe://a, IP:192.0.2.1, IP:::1");
  EXPECT_EQ(NamesOf({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}).ToString(),
            "DNS:a, DNS:b, DNS:c, DNS:d, DNS:e, DNS:f, DNS:g, DNS:h and 2 more");
  EXPECT_EQ(NamesOf({std::string(500, 'a')}).ToString(), "DNS:" + std::string(116, 'a'));
}

}  // namespace
}  // namespace pinion::x509
