#include "pinion/x509/key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/encoding/pem.h"
#include "pinion/x509/pki/issue.h"
#include "tests/x509/resigned.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::HasSubstr;

constexpr char kAllowed[] = "; Pinion accepts ECDSA P-256 and P-384, Ed25519, and RSA of 2048 to 8192 bits";
const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key Generated(const char* kind) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_generate(context.get(), &key);
  return Key(key, &EVP_PKEY_free);
}

Key Ec(const char* curve) { return Key(EVP_EC_gen(curve), &EVP_PKEY_free); }

Key ExplicitEc(const char* curve) {
  Key key = Ec(curve);
  EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT);
  return key;
}

// A public key with a modulus of `bits` bits and no private key: generating real ones takes minutes.
Key RsaOfSize(int bits) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> modulus(BN_new(), &BN_free);
  BN_set_bit(modulus.get(), bits - 1);
  BN_add_word(modulus.get(), 1);
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(OSSL_PARAM_BLD_new(),
                                                                                &OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_ulong(builder.get(), OSSL_PKEY_PARAM_RSA_E, 65537);
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(builder.get()),
                                                                           &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  return Key(key, &EVP_PKEY_free);
}

TEST(KeyTest, AllowedKinds) {
  for (const Key& key : {Ec("P-256"), Ec("P-384"), Generated("ED25519"), RsaOfSize(2048), RsaOfSize(8192)}) {
    EXPECT_TRUE(CheckKeyIsAllowed(key.get()).ok()) << CheckKeyIsAllowed(key.get());
  }
  for (const auto& key : {PrivateKey::GenerateEc("P-256"), PrivateKey::GenerateEc("P-384"),
                          PrivateKey::GenerateEd25519(), PrivateKey::GenerateRsa(2048)}) {
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_TRUE(CheckKeyIsAllowed(key->handle()).ok());
  }
}

TEST(KeyTest, EveryOtherKindIsRefusedByName) {
  const struct {
    Key key;
    const char* is;
  } cases[] = {
      {RsaOfSize(1024), "an RSA key of 1024 bits"},
      {RsaOfSize(2047), "an RSA key of 2047 bits"},
      {RsaOfSize(8193), "an RSA key of 8193 bits"},
      {RsaOfSize(16384), "an RSA key of 16384 bits"},
      {Ec("P-521"), "an EC key on secp521r1"},
      {Ec("P-224"), "an EC key on secp224r1"},
      {Ec("secp256k1"), "an EC key on secp256k1"},
      {Ec("brainpoolP256r1"), "an EC key on brainpoolP256r1"},
      {ExplicitEc("P-256"), "an EC key with explicit curve parameters"},
      {Generated("ED448"), "a key of kind ED448"},
      {Generated("X25519"), "a key of kind X25519"},
      {Generated("RSA-PSS"), "a key of kind RSASSA-PSS"},
      {Key(nullptr, &EVP_PKEY_free), "a key of an unknown kind"},
  };
  for (const auto& one : cases) {
    const absl::Status status = CheckKeyIsAllowed(one.key.get());
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), absl::StrCat(one.is, kAllowed));
  }
}

TEST(KeyTest, SignaturesWithSha2AndEd25519AreAllowed) {
  const TestCa ca("Key CA", kNow);
  for (const char* const hash : {"SHA256", "SHA384", "SHA512"}) {
    const std::string der = ca.Issue({"a.test"}, [&](auto& recipe) { recipe.signature_hash = hash; }).chain.front();
    EXPECT_TRUE(CheckSignatureIsAllowed(OrDie(Certificate::FromDer(der))).ok()) << hash;
  }
  const std::string by_ed25519 =
      Resigned(ca.Issue({"a.test"}).chain.front(), OrDie(PrivateKey::GenerateEd25519()), [](X509*) {});
  EXPECT_TRUE(CheckSignatureIsAllowed(OrDie(Certificate::FromDer(by_ed25519))).ok());
}

TEST(KeyTest, OtherSignaturesAreRefusedByName) {
  const TestCa ca("Key CA", kNow);
  const struct {
    const char* hash;
    const char* name;
  } cases[] = {
      {"SHA1", "ecdsa-with-SHA1"},
      {"SHA224", "ecdsa-with-SHA224"},
      {"SHA3-256", "ecdsa_with_SHA3-256"},
  };
  for (const auto& one : cases) {
    const std::string der = ca.Issue({"a.test"}, [&](auto& recipe) { recipe.signature_hash = one.hash; }).chain.front();
    EXPECT_EQ(
        CheckSignatureIsAllowed(OrDie(Certificate::FromDer(der))).message(),
        absl::StrCat("a signature made with ", one.name, "; Pinion accepts SHA-256, SHA-384, SHA-512 and Ed25519"));
  }
}

TEST(PrivateKeyTest, PemComesBackAsTheSameKey) {
  for (const auto& made :
       {PrivateKey::GenerateEc("P-256"), PrivateKey::GenerateEd25519(), PrivateKey::GenerateRsa(2048)}) {
    const absl::StatusOr<PrivateKey> back = PrivateKey::FromPem(made->ToPem());
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->spki_digest(), made->spki_digest());
    EXPECT_EQ(back->ToPem(), made->ToPem());
  }
}

TEST(PrivateKeyTest, OlderPemFormsAreRead) {
  for (const auto& made : {PrivateKey::GenerateEc("P-256"), PrivateKey::GenerateRsa(2048)}) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey_traditional(out.get(), made->handle(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    EXPECT_EQ(OrDie(PrivateKey::FromPem(absl::string_view(text, size))).spki_digest(), made->spki_digest());
  }
}

std::string Encrypted(const PrivateKey& key, bool traditional) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  unsigned char pass[] = "secret";
  const auto write = traditional ? &PEM_write_bio_PrivateKey_traditional : &PEM_write_bio_PrivateKey;
  write(out.get(), key.handle(), EVP_aes_256_cbc(), pass, 6, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, size);
}

TEST(PrivateKeyTest, AnythingButOneUnencryptedKeyIsRefused) {
  constexpr char kNone[] = "no private key in it";
  constexpr char kEncrypted[] = "encrypted; Pinion needs it unencrypted; convert it with openssl pkey ";
  const PrivateKey key = OrDie(PrivateKey::GenerateEc("P-256"));
  const std::string pem = key.ToPem();
  const struct {
    std::string text;
    const char* error;
  } cases[] = {
      {"", kNone},
      {"not a key", kNone},
      {key.PublicKeyToPem(), kNone},
      {pem.substr(0, pem.size() / 2), "its END line is missing"},
      {pem.substr(pem.find('\n')), "a PEM block is truncated"},
      {Encrypted(key, false), kEncrypted},
      {Encrypted(key, true), kEncrypted},
      {pem + pem, "there is more than one private key"},
      {pem + OrDie(PrivateKey::GenerateEd25519()).ToPem(), "there is more than one private key"},
  };
  for (const auto& one : cases) {
    const absl::StatusOr<PrivateKey> parsed = PrivateKey::FromPem(one.text);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(one.error));
  }
}

// Once, a key file with a damaged private part and an intact public part was accepted as the key of its certificate,
// and handshakes failed until the file was fixed.
TEST(PrivateKeyTest, ADamagedKeyIsRefusedThoughItsPublicPartIsWhole) {
  for (const char* curve : {"P-256", "P-384"}) {
    std::string pem = OrDie(PrivateKey::GenerateEc(curve)).ToPem();
    char& in_the_secret = pem[pem.find('\n') + 1 + 55];
    in_the_secret = in_the_secret == 'A' ? 'B' : 'A';
    const absl::StatusOr<PrivateKey> parsed = PrivateKey::FromPem(pem);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(parsed.status().message(),
              "the private key is damaged: the public key stored with it does not verify its signatures");
  }
}

// As `openssl` of Go and of Java write Ed25519 keys: with the public key beside the private one (RFC 5958).
std::string Version2(const PrivateKey& key, const PrivateKey& public_part) {
  unsigned char seed[32];
  unsigned char point[32];
  size_t size = 32;
  EVP_PKEY_get_raw_private_key(key.handle(), seed, &size);
  EVP_PKEY_get_raw_public_key(public_part.handle(), point, &size);
  const std::string header("\x30\x51\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
  return absl::StrCat(header, absl::string_view(reinterpret_cast<char*>(seed), 32), absl::string_view("\x81\x21\0", 3),
                      absl::string_view(reinterpret_cast<char*>(point), 32));
}

TEST(PrivateKeyTest, Pkcs8OfVersion2IsReadWithItsPublicKey) {
  const PrivateKey key = OrDie(PrivateKey::GenerateEd25519());
  const PrivateKey read = OrDie(PrivateKey::FromPem(WritePem("PRIVATE KEY", Version2(key, key))));
  EXPECT_EQ(read.ToPem(), key.ToPem());
  EXPECT_EQ(OrDie(FindKeys(Version2(key, key))).front().spki_digest, key.spki_digest());
}

TEST(PrivateKeyTest, Pkcs8OfVersion2WithThePublicKeyOfAnotherIsRefused) {
  const PrivateKey key = OrDie(PrivateKey::GenerateEd25519());
  const std::string der = Version2(key, OrDie(PrivateKey::GenerateEd25519()));
  EXPECT_THAT(std::string(PrivateKey::FromPem(WritePem("PRIVATE KEY", der)).status().message()),
              HasSubstr("does not match it"));
  EXPECT_FALSE(PrivateKey::FromPem(WritePem("PRIVATE KEY", der.substr(0, 60))).ok());
  EXPECT_FALSE(PrivateKey::FromPem(WritePem("PRIVATE KEY", der + "x")).ok());
}

TEST(PrivateKeyTest, IsFoundBesideItsCertificates) {
  const auto issued = TestCa("Key CA", kNow).Intermediate("Below").Issue({"a.test"});
  const PrivateKey read = OrDie(PrivateKey::FromPem(issued.CertificatePem() + issued.PrivateKeyPem()));
  EXPECT_EQ(read.spki_digest(), issued.key.get().spki_digest());
}

TEST(PrivateKeyTest, ADerKeyAndOneOfSshAreNamedWithTheirConversion) {
  const PrivateKey key = OrDie(PrivateKey::GenerateEc("P-256"));
  const std::string pem = key.ToPem();
  const std::string der = OrDie(ReadPem(pem)).front().der;
  EXPECT_THAT(std::string(PrivateKey::FromPem(der).status().message()), HasSubstr("openssl pkey -inform DER"));
  EXPECT_THAT(std::string(PrivateKey::FromPem(WritePem("OPENSSH PRIVATE KEY", der)).status().message()),
              HasSubstr("ssh-keygen -p"));
}

TEST(PrivateKeyTest, MatchesTheCertificatesForItsKeyAlone) {
  const TestCa ca("Key CA", kNow);
  const auto issued = ca.Issue({"a.test"});
  const Certificate certificate = OrDie(Certificate::FromDer(issued.chain.front()));
  EXPECT_TRUE(issued.key.get().Matches(certificate));
  EXPECT_FALSE(ca.issuer().key.Matches(certificate));
  EXPECT_FALSE(OrDie(PrivateKey::GenerateEd25519()).Matches(certificate));
  EXPECT_EQ(issued.key.get().spki_digest(), certificate.spki_digest());
}

TEST(PrivateKeyTest, AnUnknownCurveIsAnError) {
  EXPECT_EQ(PrivateKey::GenerateEc("P-257").status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace pinion::x509
