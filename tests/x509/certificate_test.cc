#include "pinion/x509/certificate.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "tests/x509/resigned.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

// Made, and its digests computed, with the openssl command line.
constexpr char kKnownPem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB1TCCAXugAwIBAgIUUe8Qz32Ct9Q17aB/wS7JyspXCIAwCgYIKoZIzj0EAwIw\n"
    "JTEWMBQGA1UECgwNS25vd24sIEFuc3dlcjELMAkGA1UEAwwCZWMwHhcNMjYxMTIx\n"
    "MjAzNDUyWhcNMzYxMTE4MjAzNDUyWjAlMRYwFAYDVQQKDA1Lbm93biwgQW5zd2Vy\n"
    "MQswCQYDVQQDDAJlYzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFtatvVcvcIs\n"
    "nomkGDpI0ibHoslRif5B5EYKxBM2vd9UBP7L9RS8/lJ13MLcGnta9A5B91lKN64H\n"
    "F5yY3C1smk+jgYgwgYUwHQYDVR0OBBYEFPZVd//1ziqXt/SEVEgdNFdG8NyBMB8G\n"
    "A1UdIwQYMBaAFPZVd//1ziqXt/SEVEgdNFdG8NyBMA8GA1UdEwEB/wQFMAMBAf8w\n"
    "MgYDVR0RBCswKYIKa25vd24udGVzdIYVc3BpZmZlOi8va25vd24vYW5zd2VyhwTA\n"
    "AAIBMAoGCCqGSM49BAMCA0gAMEUCIQDu0pksdk4TwohQ4+3BbSh8k3nXALLfD2Gt\n"
    "zbgX6KomKwIgKKKQdGq0qfO5Kbkcvawao0dS0+fIbNYAJhDxxAUU+r4=\n"
    "-----END CERTIFICATE-----\n";
constexpr char kKnownSpkiPin[] = "sha256/o6Zkc9cG6dJdIKBGQvO0YuVenhqaygWx9CEOqDPSbLY=";
constexpr char kKnownPin[] = "sha256/uHjtAu5pdcYFM86gDAWvGE+ouTw4OPTzfXGdC+pe6qA=";

std::string Bytes(std::initializer_list<int> bytes) { return std::string(bytes.begin(), bytes.end()); }

std::string SpkiOf(const PrivateKey& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.handle(), &der);
  std::string bytes(reinterpret_cast<char*>(der), size);
  OPENSSL_free(der);
  return bytes;
}

// The certificate with other bytes for its SubjectPublicKeyInfo. Its signature is invalid, which parsing does not
// check.
std::string WithSpki(std::string der, absl::string_view from, absl::string_view to) {
  const size_t at = der.find(std::string(from));
  EXPECT_NE(at, std::string::npos);
  der.replace(at, from.size(), std::string(to));
  // Both the certificate and its tbsCertificate begin 30 82 HIGH LOW.
  for (const size_t header : {0, 4}) {
    EXPECT_EQ(der.substr(header, 2), Bytes({0x30, 0x82}));
    const auto high = static_cast<unsigned char>(der[header + 2]);
    const auto low = static_cast<unsigned char>(der[header + 3]);
    const size_t size = (high << 8 | low) + to.size() - from.size();
    der[header + 2] = static_cast<char>(size >> 8);
    der[header + 3] = static_cast<char>(size);
  }
  return der;
}

const TestCa& Ca() {
  static const auto* const ca = new TestCa("Certificate CA", kNow);
  return *ca;
}

std::string ErrorOf(absl::string_view der) {
  const absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
  EXPECT_TRUE(certificate.ok() || certificate.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(certificate.status().message());
}

TEST(CertificateTest, AKnownCertificateHasTheDigestsThatOpensslComputes) {
  const std::vector<Certificate> certificates = OrDie(ParsePem(kKnownPem));
  ASSERT_EQ(certificates.size(), 1);
  EXPECT_EQ(ToPinText(certificates[0].spki_digest()), kKnownSpkiPin);
  EXPECT_EQ(ToPinText(certificates[0].digest()), kKnownPin);
}

TEST(CertificateTest, AKnownCertificateHasItsKnownContents) {
  const Certificate certificate = OrDie(ParsePem(kKnownPem)).front();
  EXPECT_EQ(certificate.subject(), "CN=ec,O=Known\\, Answer");
  EXPECT_EQ(certificate.issuer(), certificate.subject());
  EXPECT_EQ(certificate.not_before(),
            absl::FromCivil(absl::CivilSecond(2026, 11, 21, 20, 34, 52), absl::UTCTimeZone()));
  EXPECT_EQ(certificate.not_after(), absl::FromCivil(absl::CivilSecond(2036, 11, 18, 20, 34, 52), absl::UTCTimeZone()));
  EXPECT_TRUE(certificate.is_ca());
  EXPECT_THAT(certificate.names().dns, ElementsAre("known.test"));
  EXPECT_EQ(certificate.Description(),
            "subject \"CN=ec,O=Known\\, Answer\", issuer \"CN=ec,O=Known\\, Answer\", valid 2026-11-21T20:34:52Z to "
            "2036-11-18T20:34:52Z");
  EXPECT_EQ(EncodePem(certificate.der()), kKnownPem);
}

TEST(CertificateTest, TheSpkiDigestIsOfTheBytesThatStandInTheCertificate) {
  const PrivateKey key = OrDie(PrivateKey::GenerateRsa(2048));
  const std::string der = Ca().Issue({"a.test"}, key).chain.front();
  const std::string spki = SpkiOf(key);
  ASSERT_EQ(OrDie(Certificate::FromDer(der)).spki_digest(), Sha256(spki).value());

  // The algorithm's NULL parameters left out: OpenSSL reads that as the same key and would write the NULL again.
  const std::string without_null = absl::StrReplaceAll(
      spki, {{Bytes({0x30, 0x82, 0x01, 0x22, 0x30, 0x0d}), Bytes({0x30, 0x82, 0x01, 0x20, 0x30, 0x0b})},
             {Bytes({0x05, 0x00, 0x03, 0x82}), Bytes({0x03, 0x82})}});
  ASSERT_EQ(without_null.size(), spki.size() - 2);
  const Certificate odd = OrDie(Certificate::FromDer(WithSpki(der, spki, without_null)));
  EXPECT_EQ(odd.spki_digest(), Sha256(without_null).value());
  EXPECT_NE(odd.spki_digest(), key.spki_digest());
  EXPECT_TRUE(key.Matches(odd));
}

TEST(CertificateTest, WhatIsNotDerWithinIsMalformed) {
  const auto leaf = Ca().Issue({"a.test"}, OrDie(PrivateKey::GenerateEc("P-256")));
  const std::string spki = SpkiOf(leaf.key.get());
  ASSERT_EQ(spki.substr(0, 2), Bytes({0x30, 0x59}));
  const std::string longer = Bytes({0x30, 0x81, 0x59}) + spki.substr(2);
  EXPECT_THAT(ErrorOf(WithSpki(leaf.chain.front(), spki, longer)),
              StartsWith("it is not DER: a length is not minimal"));

  const PrivateKey rsa = OrDie(PrivateKey::GenerateRsa(2048));
  const std::string of_rsa = SpkiOf(rsa);
  // The exponent 65537 with its length in the long form, which makes the key one byte longer.
  const std::string padded =
      absl::StrReplaceAll(of_rsa, {{Bytes({0x02, 0x03, 0x01, 0x00, 0x01}), Bytes({0x02, 0x81, 0x03, 0x01, 0x00, 0x01})},
                                   {Bytes({0x30, 0x82, 0x01, 0x22}), Bytes({0x30, 0x82, 0x01, 0x23})},
                                   {Bytes({0x03, 0x82, 0x01, 0x0f}), Bytes({0x03, 0x82, 0x01, 0x10})},
                                   {Bytes({0x30, 0x82, 0x01, 0x0a}), Bytes({0x30, 0x82, 0x01, 0x0b})}});
  ASSERT_EQ(padded.size(), of_rsa.size() + 1);
  EXPECT_THAT(ErrorOf(WithSpki(Ca().Issue({"a.test"}, rsa).chain.front(), of_rsa, padded)),
              StartsWith("its RSA key: not DER: a length is not minimal"));
}

TEST(CertificateTest, TheValuesOfExtensionsAreDer) {
  const std::string der = Ca().Issue({"a.test"}).chain.front();
  const auto with = [&](int nid, const std::string& hex) {
    return ErrorOf(Resigned(der, Ca().issuer().key, [&](X509* certificate) {
      SetExtension(certificate, nid, absl::StrCat("critical,DER:", hex));
    }));
  };
  EXPECT_EQ(with(NID_key_usage, "03020780"), "");
  EXPECT_EQ(with(NID_key_usage, "0381020780"), "X509v3 Key Usage: not DER: a length is not minimal, at byte 0");
  EXPECT_EQ(with(NID_key_usage, "0302078000"), "X509v3 Key Usage: not DER: bytes follow the element, at byte 0");
  EXPECT_EQ(with(NID_basic_constraints, "3003010101"),
            "X509v3 Basic Constraints: not DER: a BOOLEAN is neither 00 nor FF, at byte 2");
  EXPECT_EQ(with(NID_basic_constraints, "30800000"),
            "X509v3 Basic Constraints: not DER: a length is indefinite, at byte 0");
  // A dNSName in two parts: its tag does not show that it is a string.
  EXPECT_EQ(with(NID_subject_alt_name, "3007a2051603612e62"),
            "X509v3 Subject Alternative Name: the value is malformed, or not DER");
}

TEST(CertificateTest, NameConstraintsThatConstrainNothingAreMalformed) {
  const std::string der = Ca().certificate().der();
  const auto with = [&](const std::string& hex) {
    return ErrorOf(Resigned(der, Ca().issuer().key, [&](X509* certificate) {
      SetExtension(certificate, NID_name_constraints, absl::StrCat("critical,DER:", hex));
    }));
  };
  const struct {
    const char* hex;
    const char* fault;  // "" where there is none
  } rows[] = {
      {"3000", "there is no subtree"},
      {"3002a000", "a list of subtrees is empty"},
      {"3002a100", "a list of subtrees is empty"},
      {"3004a000a100", "a list of subtrees is empty"},
      {"300ca00830068204746573"
       "74a100",
       "a list of subtrees is empty"},
      {"300ea00c300a8708c0000200ffffff00", ""},
      {"300ea00c300a8708c0000200ff00ff00", "a contiguous mask"},
      {"300ea00c300a8708c000020000ffffff", "a contiguous mask"},
      {"300aa00830068704c0000201", "a contiguous mask"},
      {"300ba00930078705c0000200ff", "a contiguous mask"},
      {"3006a00430028700", "a contiguous mask"},
      {"300aa0083006820474657374", ""},
      {"3006a00430028200", ""},
      {"300ba10930078205"
       "2e74657374",
       ""},
      {"300ca10a300882062a2e74657374", "is not a DNS name"},
      {"300ba10930078205"
       "746573742e",
       "is not a DNS name"},
      {"300ba10930078205"
       "7465737400",
       "is not a DNS name"},
      {"300ca10a30088206612e2e746573", "is not a DNS name"},
      {"300aa1083006860474657374", ""},
      {"3012a110300e860c"
       "68747470733a2f2f61"
       "2e6200",
       "is not a host of a URI"},
      {"300aa1083006860461002e62", "is not a host of a URI"},
      {"300aa1083006810461002e62", "is not an e-mail address"},
      {"300da00b3009820474657374800101", "a minimum or a maximum"},
      {"300da00b3009820474657374810105", "a minimum or a maximum"},
      {"300da00b3009820474657374800100", ""},
  };
  for (const auto& row : rows) {
    if (*row.fault == '\0') {
      EXPECT_EQ(with(row.hex), "") << row.hex;
    } else {
      EXPECT_THAT(with(row.hex), HasSubstr(row.fault)) << row.hex;
    }
  }
}

TEST(CertificateTest, ACertificateIsExactlyOneDerValue) {
  const std::string der = Ca().certificate().der();
  EXPECT_EQ(ErrorOf(der), "");
  EXPECT_EQ(ErrorOf(der + '\0'), "bytes follow the certificate");
  EXPECT_EQ(ErrorOf(der + der), "bytes follow the certificate");
  for (const std::string& bytes :
       {std::string(), std::string("x"), der.substr(0, der.size() - 1), der.substr(1), EncodePem(der)}) {
    EXPECT_THAT(ErrorOf(bytes), StartsWith("not a certificate: "));
  }
}

TEST(CertificateTest, NoTruncationOrFlippedByteCrashesOrPassesAsTheSame) {
  const Certificate& sound = Ca().certificate();
  for (size_t i = 0; i < sound.der().size(); ++i) {
    EXPECT_FALSE(Certificate::FromDer(sound.der().substr(0, i)).ok());
    std::string flipped = sound.der();
    flipped[i] = static_cast<char>(flipped[i] ^ 0x20);
    const absl::StatusOr<Certificate> parsed = Certificate::FromDer(flipped);
    EXPECT_FALSE(parsed.ok() && parsed->digest() == sound.digest());
  }
}

TEST(CertificateTest, AnExtensionThatStandsTwiceIsMalformed) {
  const std::string der = Ca().Issue({"a.test"}).chain.front();
  const auto with_second = [&](int nid, const std::string& value) {
    return ErrorOf(Resigned(der, Ca().issuer().key, [&](X509* certificate) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    }));
  };
  constexpr char kError[] = "an extension occurs twice";
  EXPECT_EQ(with_second(NID_basic_constraints, "critical,CA:TRUE"), kError);
  EXPECT_EQ(with_second(NID_key_usage, "keyCertSign"), kError);
  EXPECT_EQ(with_second(NID_ext_key_usage, "codeSigning"), kError);
  EXPECT_EQ(with_second(NID_netscape_comment, "DER:0500"), "");
}

TEST(CertificateTest, NamesAreShownEscapedAndTruncated) {
  const auto subject_of = [](const std::string& name) {
    return OrDie(Certificate::FromDer(
                     Ca().Issue({"a.test"}, [&](auto& recipe) { recipe.common_name = name; }).chain.front()))
        .subject();
  };
  EXPECT_EQ(subject_of("a\nb\x1b[2J"), "CN=a\\0Ab\\1B[2J");
  EXPECT_EQ(subject_of("m\xc3\xbcnchen"), "CN=m\\C3\\BCnchen");
  EXPECT_EQ(subject_of("a\"b,c+d"), "CN=a\\\"b\\,c\\+d");
  EXPECT_EQ(subject_of(std::string(64, '\x01')).size(), 195);
}

}  // namespace
}  // namespace pinion::x509
