#include "pinion/x509/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/openssl.h"

namespace pinion::x509 {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr char kAllowedKeys[] = "Pinion accepts ECDSA P-256 and P-384, Ed25519, and RSA of 2048 to 8192 bits";

// Never asks a terminal for a pass phrase.
int NoPassPhrase(char*, int, int, void*) { return -1; }

absl::StatusOr<PrivateKey> Generated(EVP_PKEY* key, PrivateKey (*wrap)(EVP_PKEY*)) {
  if (key == nullptr) return absl::InternalError(absl::StrCat("cannot make a key: ", TakeError()));
  return wrap(key);
}

std::string DerOfPublicKey(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return "";
  std::string bytes(reinterpret_cast<char*>(der), size);
  OPENSSL_free(der);
  return bytes;
}

// Whether the key's public part verifies what its private part signs. Files hold both, and OpenSSL compares
// certificates with the public part alone.
bool VerifiesWhatItSigns(EVP_PKEY* key) {
  constexpr unsigned char kMessage[] = "Pinion";
  const Owned<EVP_MD_CTX> signing(EVP_MD_CTX_new());
  const Owned<EVP_MD_CTX> verifying(EVP_MD_CTX_new());
  size_t size = 0;
  if (EVP_DigestSignInit(signing.get(), nullptr, nullptr, nullptr, key) != 1 ||
      EVP_DigestSign(signing.get(), nullptr, &size, kMessage, sizeof(kMessage)) != 1) {
    return false;
  }
  std::vector<unsigned char> signature(size);
  return EVP_DigestSign(signing.get(), signature.data(), &size, kMessage, sizeof(kMessage)) == 1 &&
         EVP_DigestVerifyInit(verifying.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(verifying.get(), signature.data(), size, kMessage, sizeof(kMessage)) == 1;
}

absl::Status CheckEcKey(EVP_PKEY* key) {
  char text[80] = {};
  EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, text, sizeof(text), nullptr);
  if (absl::string_view(text) != OSSL_PKEY_EC_ENCODING_GROUP) {
    return absl::InvalidArgumentError(absl::StrCat("an EC key with explicit curve parameters; ", kAllowedKeys));
  }
  EVP_PKEY_get_group_name(key, text, sizeof(text), nullptr);
  const absl::string_view curve = text;
  // For the point at infinity anybody can sign, and OpenSSL verifies it.
  const Owned<EVP_PKEY_CTX> checking(EVP_PKEY_CTX_new(key, nullptr));
  if (EVP_PKEY_public_check_quick(checking.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError(absl::StrCat("an EC key that is no point of its curve; ", kAllowedKeys));
  }
  if (curve == "prime256v1" || curve == "secp384r1") return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("an EC key on ", curve, "; ", kAllowedKeys));
}

absl::Status CheckRsaKey(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return absl::InvalidArgumentError(absl::StrCat("an RSA key of ", bits, " bits; ", kAllowedKeys));
  }
  // With an exponent of 1 anybody can sign.
  BIGNUM* exponent = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent);
  const Owned<BIGNUM> owned(exponent);
  if (exponent != nullptr && BN_is_odd(exponent) && !BN_is_one(exponent)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("an RSA key with an exponent that is 1 or even; ", kAllowedKeys));
}

}  // namespace

PrivateKey::PrivateKey(EVP_PKEY* key) : key_(key, OpenSslDeleter()) {}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(absl::string_view pem) {
  const Owned<BIO> in = ReadFrom(pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in.get(), nullptr, NoPassPhrase, nullptr);
  if (key == nullptr) {
    const bool encrypted = absl::StrContains(pem, "ENCRYPTED");
    ERR_clear_error();  // OpenSSL's words could quote the input
    return absl::InvalidArgumentError(encrypted ? "the private key is encrypted; Pinion needs it unencrypted"
                                                : "there is no PEM private key that can be read");
  }
  PrivateKey found(key);
  const Owned<EVP_PKEY> second(PEM_read_bio_PrivateKey(in.get(), nullptr, NoPassPhrase, nullptr));
  if (second != nullptr) {
    return absl::InvalidArgumentError("there is more than one private key");
  }
  // Keys of other kinds are refused with their certificates, by name.
  const bool is_damaged = CheckKeyIsAllowed(key).ok() && !VerifiesWhatItSigns(key);
  ERR_clear_error();
  if (is_damaged) {
    return absl::InvalidArgumentError(
        "the private key is damaged: what it signs, the public key that stands with it does not verify");
  }
  return found;
}

absl::StatusOr<PrivateKey> PrivateKey::GenerateEc(const std::string& curve) {
  return Generated(EVP_EC_gen(curve.c_str()), [](EVP_PKEY* key) { return PrivateKey(key); });
}

absl::StatusOr<PrivateKey> PrivateKey::GenerateEd25519() {
  return Generated(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), [](EVP_PKEY* key) { return PrivateKey(key); });
}

absl::StatusOr<PrivateKey> PrivateKey::GenerateRsa(int bits) {
  return Generated(EVP_RSA_gen(static_cast<size_t>(bits)), [](EVP_PKEY* key) { return PrivateKey(key); });
}

absl::StatusOr<PrivateKey> PrivateKey::GenerateAnother() const {
  if (absl::Status status = CheckKeyIsAllowed(handle()); !status.ok()) return status;
  if (EVP_PKEY_get_base_id(handle()) == EVP_PKEY_ED25519) return GenerateEd25519();
  if (EVP_PKEY_get_base_id(handle()) == EVP_PKEY_RSA) return GenerateRsa(EVP_PKEY_get_bits(handle()));
  char curve[80] = {};
  EVP_PKEY_get_group_name(handle(), curve, sizeof(curve), nullptr);
  return GenerateEc(curve);
}

bool PrivateKey::Matches(const Certificate& certificate) const {
  const bool matches = X509_check_private_key(certificate.handle(), handle()) == 1;
  ERR_clear_error();
  return matches;
}

Sha256Digest PrivateKey::spki_digest() const { return Sha256(DerOfPublicKey(handle())); }

std::string PrivateKey::ToPem() const {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(out.get(), handle(), nullptr, nullptr, 0, nullptr, nullptr);
  return Contents(out.get());
}

std::string PrivateKey::PublicKeyToPem() const {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.get(), handle());
  return Contents(out.get());
}

absl::Status CheckKeyIsAllowed(EVP_PKEY* key) {
  if (key == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("a key of an unknown kind; ", kAllowedKeys));
  }
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return absl::OkStatus();
    case EVP_PKEY_EC:
      return CheckEcKey(key);
    case EVP_PKEY_RSA:
      return CheckRsaKey(key);
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("a key of kind ", OBJ_nid2sn(EVP_PKEY_get_base_id(key)), "; ", kAllowedKeys));
  }
}

std::string KeyText(const Certificate& certificate) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate.handle());
  ERR_clear_error();
  if (key == nullptr) return "unknown";
  const int kind = EVP_PKEY_get_base_id(key);
  const int bits = EVP_PKEY_get_bits(key);
  if (kind == EVP_PKEY_ED25519) return absl::StrCat("Ed25519, ", bits, " bits");
  if (kind == EVP_PKEY_RSA) return absl::StrCat("RSA, ", bits, " bits");
  char curve[80] = {};
  if (kind == EVP_PKEY_EC) EVP_PKEY_get_group_name(key, curve, sizeof(curve), nullptr);
  ERR_clear_error();
  const char* const name = OBJ_nid2sn(kind);
  if (kind != EVP_PKEY_EC) return absl::StrCat(name == nullptr ? "unknown" : name, ", ", bits, " bits");
  return absl::StrCat("EC ", curve[0] == 0 ? "with explicit parameters" : curve, ", ", bits, " bits");
}

absl::Status CheckSignatureIsAllowed(const Certificate& certificate) {
  int digest = NID_undef;
  int key_kind = NID_undef;
  X509_get_signature_info(certificate.handle(), &digest, &key_kind, nullptr, nullptr);
  ERR_clear_error();
  if (digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512 || key_kind == NID_ED25519) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("a signature made with ",
                                                 OBJ_nid2ln(X509_get_signature_nid(certificate.handle())),
                                                 "; Pinion accepts SHA-256, SHA-384, SHA-512 and Ed25519"));
}

}  // namespace pinion::x509
