#include "pinion/x509/key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/encoding/pem.h"
#include "pinion/x509/encoding/private_key_der.h"

namespace pinion::x509 {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr char kAllowedKeys[] = "Pinion accepts ECDSA P-256 and P-384, Ed25519, and RSA of 2048 to 8192 bits";

// Whether the key's public part verifies a signature of its private part. Files contain both, and OpenSSL compares
// certificates only with the public part.
bool VerifiesWhatItSigns(EVP_PKEY* key) {
  constexpr unsigned char kMessage[] = "Pinion";
  const Owned<EVP_MD_CTX> signing(EVP_MD_CTX_new());
  const Owned<EVP_MD_CTX> verifying(EVP_MD_CTX_new());
  size_t size = 0;
  if (signing == nullptr || verifying == nullptr) return false;
  if (EVP_DigestSignInit(signing.get(), nullptr, nullptr, nullptr, key) != 1 ||
      EVP_DigestSign(signing.get(), nullptr, &size, kMessage, sizeof(kMessage)) != 1) {
    return false;
  }
  std::vector<unsigned char> signature(size);
  return EVP_DigestSign(signing.get(), signature.data(), &size, kMessage, sizeof(kMessage)) == 1 &&
         EVP_DigestVerifyInit(verifying.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(verifying.get(), signature.data(), size, kMessage, sizeof(kMessage)) == 1;
}

// For a parameter of a key that OpenSSL fails to return.
absl::Status Unknown() {
  return absl::InternalError(absl::StrCat("a key whose parameters OpenSSL cannot read: ", TakeError()));
}

absl::Status CheckEcKey(EVP_PKEY* key) {
  char text[80] = {};
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, text, sizeof(text), nullptr) != 1) {
    return Unknown();
  }
  if (absl::string_view(text) != OSSL_PKEY_EC_ENCODING_GROUP) {
    return absl::InvalidArgumentError(absl::StrCat("an EC key with explicit curve parameters; ", kAllowedKeys));
  }
  if (EVP_PKEY_get_group_name(key, text, sizeof(text), nullptr) != 1) return Unknown();
  const absl::string_view curve = text;
  // For the point at infinity, signatures can be made without a private key, and OpenSSL accepts them.
  const Owned<EVP_PKEY_CTX> checking(EVP_PKEY_CTX_new(key, nullptr));
  if (checking == nullptr) return Unknown();
  if (EVP_PKEY_public_check_quick(checking.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError(absl::StrCat("an EC key that is not a point of its curve; ", kAllowedKeys));
  }
  if (curve == "prime256v1" || curve == "secp384r1") return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("an EC key on ", curve, "; ", kAllowedKeys));
}

absl::Status CheckRsaKey(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return absl::InvalidArgumentError(absl::StrCat("an RSA key of ", bits, " bits; ", kAllowedKeys));
  }
  // With an exponent of 1, signatures can be made without a private key.
  BIGNUM* exponent = nullptr;
  const bool is_known = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
  const Owned<BIGNUM> owned(exponent);
  if (!is_known) return Unknown();
  if (BN_is_odd(exponent) && !BN_is_one(exponent)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("an RSA key with an exponent that is 1 or even; ", kAllowedKeys));
}

// Returns the DER of the only private key in the text.
absl::StatusOr<std::string> FindPrivateKey(absl::string_view pem) {
  absl::StatusOr<std::vector<PemBlock>> blocks = ReadPem(pem);
  if (!blocks.ok()) return blocks.status();
  std::string found;
  for (PemBlock& block : *blocks) {
    if (!absl::EndsWith(block.label, "PRIVATE KEY")) continue;
    const std::string conversion = ConversionOf(block.is_encrypted ? "ENCRYPTED PRIVATE KEY" : block.label);
    if (block.is_encrypted || block.label == "ENCRYPTED PRIVATE KEY") {
      return absl::InvalidArgumentError(
          absl::StrCat("the private key is encrypted; Pinion needs it unencrypted; convert it with ", conversion));
    }
    if (!IsReadablePrivateKey(block.label)) {
      return absl::InvalidArgumentError(absl::StrCat("the private key is in a form that Pinion does not read, \"",
                                                     absl::CHexEscape(block.label.substr(0, 80)),
                                                     "\"; convert it with ", conversion));
    }
    if (!found.empty()) return absl::InvalidArgumentError("there is more than one private key");
    found = std::move(block.der);
  }
  if (!found.empty()) return found;
  const std::string form = DescribeNonPem(pem);
  return absl::InvalidArgumentError(absl::StrCat("there is no private key in it", form.empty() ? "" : "; ", form));
}

}  // namespace

PrivateKey::Data::~Data() { OPENSSL_cleanse(pkcs8.data(), pkcs8.size()); }

absl::StatusOr<PrivateKey> PrivateKey::Own(EVP_PKEY* key) {
  const ErrorsCleared at_the_end;
  auto data = std::make_shared<Data>();
  data->key.reset(key, OpenSslDeleter());
  if (key == nullptr) return absl::InternalError(absl::StrCat("cannot make a key: ", TakeError()));
  const Owned<PKCS8_PRIV_KEY_INFO> pkcs8(EVP_PKEY2PKCS8(key));
  if (pkcs8 != nullptr) {
    data->pkcs8 = EncodedDer(i2d_PKCS8_PRIV_KEY_INFO, pkcs8.get());
  }
  data->spki = EncodedDer(i2d_PUBKEY, key);
  if (data->pkcs8.empty() || data->spki.empty()) {
    return absl::InternalError(absl::StrCat("cannot encode a key: ", TakeError()));
  }
  const absl::StatusOr<Sha256Digest> digest = Sha256(data->spki);
  if (!digest.ok()) return digest.status();
  data->spki_digest = *digest;
  return PrivateKey(std::move(data));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(absl::string_view pem) {
  const absl::StatusOr<std::string> der = FindPrivateKey(pem);
  if (!der.ok()) return der.status();
  absl::StatusOr<Owned<EVP_PKEY>> read = ReadPrivateKey(*der);
  if (!read.ok()) return read.status();
  absl::StatusOr<PrivateKey> found = Own(read->release());
  if (!found.ok()) return found;
  // Keys of other kinds are refused later, together with their certificates.
  const bool is_damaged = CheckKeyIsAllowed(found->handle()).ok() && !VerifiesWhatItSigns(found->handle());
  ERR_clear_error();
  if (is_damaged) {
    return absl::InvalidArgumentError(
        "the private key is damaged: the public key stored with it does not verify its signatures");
  }
  return found;
}

absl::StatusOr<PrivateKey> PrivateKey::GenerateEc(const std::string& curve) { return Own(EVP_EC_gen(curve.c_str())); }

absl::StatusOr<PrivateKey> PrivateKey::GenerateEd25519() { return Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

absl::StatusOr<PrivateKey> PrivateKey::GenerateRsa(int bits) { return Own(EVP_RSA_gen(static_cast<size_t>(bits))); }

absl::StatusOr<PrivateKey> PrivateKey::GenerateAnother() const {
  const ErrorsCleared at_the_end;
  if (absl::Status status = CheckKeyIsAllowed(handle()); !status.ok()) return status;
  if (EVP_PKEY_get_base_id(handle()) == EVP_PKEY_ED25519) return GenerateEd25519();
  if (EVP_PKEY_get_base_id(handle()) == EVP_PKEY_RSA) return GenerateRsa(EVP_PKEY_get_bits(handle()));
  char curve[80] = {};
  if (EVP_PKEY_get_group_name(handle(), curve, sizeof(curve), nullptr) != 1) return Unknown();
  return GenerateEc(curve);
}

bool PrivateKey::Matches(const Certificate& certificate) const {
  if (certificate.spki_digest() == spki_digest()) return true;
  // The same key may be encoded in two ways.
  const bool matches = X509_check_private_key(certificate.handle(), handle()) == 1;
  ERR_clear_error();
  return matches;
}

std::string PrivateKey::ToPem() const { return WritePem("PRIVATE KEY", data_->pkcs8); }

std::string PrivateKey::PublicKeyToPem() const { return WritePem("PUBLIC KEY", data_->spki); }

absl::Status CheckKeyIsAllowed(EVP_PKEY* key) {
  const ErrorsCleared at_the_end;
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
