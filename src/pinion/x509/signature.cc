#include "pinion/x509/signature.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"

namespace pinion::x509 {
namespace {

// A SubjectPublicKeyInfo of each kind begins with the same bytes, up to the key itself (RFC 8410 §4, RFC 5480 §2).
constexpr absl::string_view kEd25519Start("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr absl::string_view kP256Start(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04", 27);
constexpr size_t kEd25519Size = 44;
constexpr size_t kP256Size = 91;

bool IsEd25519(absl::string_view spki) { return spki.size() == kEd25519Size && absl::StartsWith(spki, kEd25519Start); }

bool IsP256(absl::string_view spki) { return spki.size() == kP256Size && absl::StartsWith(spki, kP256Start); }

// The y-coordinates of the points of small order, little-endian (RFC 8032 §5.1.2): for these, everybody can sign.
constexpr absl::string_view kSmallOrder[] = {
    {"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
     "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
     32},
    {"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
     "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
     32},
    {"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
     32},
    {"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
     "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
     32},
    {"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
     "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
     32},
};

// Whether the point has one encoding, since its y-coordinate is less than p = 2^255 - 19, and not a small order.
bool IsSafeEd25519Point(absl::string_view point) {
  std::string y(point);
  y.back() = static_cast<char>(y.back() & 0x7f);  // without the sign of x
  if (std::find(std::begin(kSmallOrder), std::end(kSmallOrder), y) != std::end(kSmallOrder)) return false;
  const bool is_high = y.back() == '\x7f' && y.find_first_not_of('\xff', 1) == y.size() - 1;
  return !is_high || static_cast<unsigned char>(y.front()) < 0xed;
}

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Ed25519 hashes by itself.
const EVP_MD* DigestFor(EVP_PKEY* key) { return EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256(); }

}  // namespace

absl::StatusOr<PublicKey> PublicKey::FromSpki(absl::string_view spki) {
  const ErrorsCleared at_the_end;
  if (!IsEd25519(spki) && !IsP256(spki)) {
    return absl::InvalidArgumentError(
        "not an Ed25519 key or an ECDSA P-256 key with an uncompressed point, as DER SubjectPublicKeyInfo");
  }
  if (IsEd25519(spki) && !IsSafeEd25519Point(spki.substr(kEd25519Start.size()))) {
    return absl::InvalidArgumentError("an Ed25519 key that is a point of small order, or not in its one encoding");
  }
  const unsigned char* next = Bytes(spki);
  PublicKey key;
  key.kind_ = IsEd25519(spki) ? "Ed25519" : "ECDSA P-256";
  key.key_.reset(d2i_PUBKEY(nullptr, &next, static_cast<long>(spki.size())), OpenSslDeleter());
  if (key.key_ == nullptr) return absl::InvalidArgumentError(absl::StrCat("not a valid key: ", TakeError()));
  if (absl::Status status = CheckKeyIsAllowed(key.key_.get()); !status.ok()) return status;
  const absl::StatusOr<Sha256Digest> digest = Sha256(spki);
  if (!digest.ok()) return digest.status();
  key.spki_digest_ = *digest;
  return key;
}

bool PublicKey::Verifies(absl::string_view message, absl::string_view signature) const {
  const ErrorsCleared at_the_end;
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, DigestFor(key_.get()), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

absl::StatusOr<std::string> Sign(const PrivateKey& key, absl::string_view message) {
  const ErrorsCleared at_the_end;
  const absl::StatusOr<PublicKey> can_verify = PublicKey::FromSpki(EncodedDer(i2d_PUBKEY, key.handle()));
  if (!can_verify.ok()) return can_verify.status();
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  size_t size = 0;
  std::string signature;
  const bool is_ready =
      context != nullptr &&
      EVP_DigestSignInit(context.get(), nullptr, DigestFor(key.handle()), nullptr, key.handle()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(message), message.size()) == 1;
  signature.resize(size);
  if (!is_ready || EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(&signature[0]), &size, Bytes(message),
                                  message.size()) != 1) {
    return absl::InternalError(absl::StrCat("OpenSSL cannot sign: ", TakeError()));
  }
  signature.resize(size);
  return signature;
}

}  // namespace pinion::x509
