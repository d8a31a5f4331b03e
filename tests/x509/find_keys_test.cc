#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/encoding/pem.h"
#include "pinion/x509/key.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

// What an OpenSSL function writes to a BIO.
template <typename Write>
std::string Written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  write(out.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, size);
}

template <typename Write>
std::string WrittenRequest(const PrivateKey& key, Write write) {
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), &X509_REQ_free);
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("a\nb"), 3, -1, 0);
  X509_REQ_set_pubkey(request.get(), key.handle());
  X509_REQ_sign(request.get(), key.handle(), EVP_sha256());
  return Written([&](BIO* out) { write(out, request.get()); });
}

// One key in every form it comes in.
struct Forms {
  explicit Forms(const PrivateKey& a_key) : key(a_key) {}

  const PrivateKey key;
  const std::string certificate = TestCa("Forms CA", kNow).Issue({"a.test"}, key).chain.front();
  const std::string request_pem =
      WrittenRequest(key, [](BIO* out, X509_REQ* request) { PEM_write_bio_X509_REQ(out, request); });
  const std::string request = WrittenRequest(key, [](BIO* out, X509_REQ* request) { i2d_X509_REQ_bio(out, request); });
  const std::string public_key = Written([this](BIO* out) { i2d_PUBKEY_bio(out, key.handle()); });
  const std::string pkcs8 =
      Written([this](BIO* out) { i2d_PKCS8PrivateKey_bio(out, key.handle(), nullptr, nullptr, 0, nullptr, nullptr); });
  const std::string traditional = Written([this](BIO* out) { i2d_PrivateKey_bio(out, key.handle()); });
  const std::string traditional_pem = Written([this](BIO* out) {
    PEM_write_bio_PrivateKey_traditional(out, key.handle(), nullptr, nullptr, 0, nullptr, nullptr);
  });
};

const Forms& Ec() {
  static const auto* const forms = new Forms(OrDie(PrivateKey::GenerateEc("P-256")));
  return *forms;
}

constexpr char kCertificateSource[] =
    "certificate, subject \"CN=test leaf\", issuer \"CN=Forms CA\", valid 2026-06-01T11:00:00Z to 2026-08-30T12:00:00Z";
constexpr char kRequestSource[] = "certificate request, subject \"CN=a\\0Ab\"";

auto IsKey(const PrivateKey& key, const std::string& source) {
  return AllOf(Field(&FoundKey::spki_digest, key.spki_digest()), Field(&FoundKey::source, source));
}

std::string ErrorOf(absl::string_view bytes) {
  const absl::StatusOr<std::vector<FoundKey>> found = FindKeys(bytes);
  EXPECT_TRUE(found.ok() || found.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(found.status().message());
}

TEST(FindKeysTest, EveryKindOfFileGivesTheSamePin) {
  for (const Forms& form : {Ec(), Forms(OrDie(PrivateKey::GenerateRsa(2048)))}) {
    const struct {
      std::string bytes;
      const char* source;
    } files[] = {
        {EncodePem(form.certificate), kCertificateSource},
        {form.certificate, kCertificateSource},
        {form.request_pem, kRequestSource},
        {absl::StrReplaceAll(form.request_pem, {{"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}}), kRequestSource},
        {form.request, kRequestSource},
        {form.key.PublicKeyToPem(), "public key"},
        {form.public_key, "public key"},
        {form.key.ToPem(), "private key"},
        {form.pkcs8, "private key"},
        {form.traditional_pem, "private key"},
        {form.traditional, "private key"},
    };
    for (const auto& file : files) {
      EXPECT_THAT(OrDie(FindKeys(file.bytes)), ElementsAre(IsKey(form.key, file.source)));
    }
  }
}

TEST(FindKeysTest, AMixedPemFileGivesEachOfItsKeysInOrder) {
  const PrivateKey other = OrDie(PrivateKey::GenerateEd25519());
  EXPECT_THAT(OrDie(FindKeys(absl::StrCat("# keys\n", other.PublicKeyToPem(), "\n", EncodePem(Ec().certificate),
                                          other.ToPem(), Ec().request_pem))),
              ElementsAre(IsKey(other, "public key"), IsKey(Ec().key, kCertificateSource), IsKey(other, "private key"),
                          IsKey(Ec().key, kRequestSource)));
}

TEST(FindKeysTest, CurveParametersBeforeAKeyArePassedOver) {
  // As `openssl ecparam -name P-256 -genkey` writes them.
  constexpr char kParameters[] = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  EXPECT_THAT(OrDie(FindKeys(kParameters + Ec().traditional_pem)), ElementsAre(IsKey(Ec().key, "private key")));
  EXPECT_EQ(ErrorOf(kParameters), "there is no key in it");
}

TEST(FindKeysTest, NoKeyIsAnError) {
  constexpr char kError[] = "neither PEM nor DER of a certificate, certificate request or key";
  for (const std::string& bytes :
       {std::string(), std::string("hello"), Ec().certificate + "x", Ec().public_key.substr(1)}) {
    EXPECT_EQ(ErrorOf(bytes), kError);
  }
}

TEST(FindKeysTest, ABlockThatIsNotWhatItSaysIsAnError) {
  const auto labelled = [](const char* label) {
    return absl::StrReplaceAll(Ec().key.ToPem(), {{"PRIVATE KEY", label}});
  };
  EXPECT_THAT(ErrorOf(labelled("CERTIFICATE")), HasSubstr("not a certificate: "));
  EXPECT_THAT(ErrorOf(labelled("CERTIFICATE REQUEST")), HasSubstr("not a certificate request: "));
  EXPECT_THAT(ErrorOf(labelled("PUBLIC KEY")), HasSubstr("not a public key: "));
  EXPECT_EQ(ErrorOf(absl::StrReplaceAll(Ec().key.PublicKeyToPem(), {{"PUBLIC", "PRIVATE"}})),
            "not a private key that can be read");
  for (const char* const label : {"ENCRYPTED PRIVATE KEY", "X509 CRL", "PKCS7"}) {
    EXPECT_THAT(ErrorOf(labelled(label)), HasSubstr(absl::StrCat("no key can be read from a block \"", label, "\"")));
  }
}

TEST(FindKeysTest, OneBadBlockRefusesTheFile) {
  const std::string good = Ec().key.PublicKeyToPem();
  std::string garbled = good;
  garbled[40] = '!';
  EXPECT_THAT(ErrorOf(good + garbled), HasSubstr("PEM block 2 is garbled at line 6"));
  EXPECT_THAT(ErrorOf(good + good.substr(0, 60)), HasSubstr("PEM block 2 is garbled at line 6"));
  EXPECT_THAT(ErrorOf(good + good.substr(1)), HasSubstr("line 5: a BEGIN boundary is damaged"));
  EXPECT_THAT(ErrorOf(good + good.substr(good.find('\n') + 1)), HasSubstr("line 7: a PEM block is truncated"));
}

// A pin covers the bytes that peers present, not OpenSSL's encoding of the key. The two differ for an RSA key whose
// algorithm lacks the NULL parameters, and for an EC key with a compressed point or with its curve written out.
std::vector<std::string> OddPublicKeys() {
  std::string rsa = Written([](BIO* out) { i2d_PUBKEY_bio(out, OrDie(PrivateKey::GenerateRsa(2048)).handle()); });
  // SEQUENCE { SEQUENCE { OID, NULL }, BIT STRING }: both lengths lose the two octets of NULL.
  rsa[3] = static_cast<char>(rsa[3] - 2);
  rsa[5] = static_cast<char>(rsa[5] - 2);
  rsa.erase(17, 2);
  const auto ec = [](const char* parameter, const char* value) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    EVP_PKEY_set_utf8_string_param(key.get(), parameter, value);
    return Written([&key](BIO* out) { i2d_PUBKEY_bio(out, key.get()); });
  };
  return {rsa, ec("point-format", "compressed"), ec("encoding", "explicit")};
}

TEST(FindKeysTest, ThePinOfAPublicKeyIsOfItsBytesAsTheyStand) {
  for (const std::string& der : OddPublicKeys()) {
    const Sha256Digest digest = OrDie(Sha256(der));
    EXPECT_EQ(OrDie(FindKeys(der)).front().spki_digest, digest);
    EXPECT_EQ(OrDie(FindKeys(WritePem("PUBLIC KEY", der))).front().spki_digest, digest);
    EXPECT_THAT(ErrorOf(WritePem("PUBLIC KEY", der + "x")), HasSubstr("bytes follow the public key"));
  }
}

TEST(FindKeysTest, ThePinOfARequestIsOfItsBytesAsTheyStand) {
  const auto sequence = [](const std::string& content) {
    return absl::StrCat(absl::string_view("\x30\x82", 2), std::string(1, static_cast<char>(content.size() >> 8)),
                        std::string(1, static_cast<char>(content.size() & 0xff)), content);
  };
  for (const std::string& odd : OddPublicKeys()) {
    // Version 0, no subject, the key, no attributes.
    const std::string info =
        sequence(absl::StrCat(absl::string_view("\x02\x01\0\x30\0", 5), odd, absl::string_view("\xa0\0", 2)));
    // ecdsa-with-SHA256, and a signature that nothing checks.
    const std::string request = sequence(
        absl::StrCat(info, absl::string_view("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x03\x02\0\0", 16)));
    EXPECT_EQ(OrDie(FindKeys(request)).front().spki_digest, OrDie(Sha256(odd)));
    EXPECT_EQ(OrDie(FindKeys(WritePem("CERTIFICATE REQUEST", request))).front().spki_digest, OrDie(Sha256(odd)));
  }
}

}  // namespace
}  // namespace pinion::x509
