#include "pinion/x509/encoding/private_key_der.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace pinion::x509 {
namespace {

constexpr int kVersion2 = 1;  // versions are numbered from 0
constexpr int kFieldsOfVersion1 = 3;
constexpr unsigned char kPublicKeyTag = 0x81;  // [1] IMPLICIT BIT STRING

absl::Status Unreadable() {
  ERR_clear_error();  // OpenSSL's error text could quote the input
  return absl::InvalidArgumentError("not a private key that can be read");
}

Owned<EVP_PKEY> Decode(absl::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = next + der.size();
  Owned<EVP_PKEY> key(d2i_AutoPrivateKey(nullptr, &next, static_cast<long>(der.size())));
  return next == end ? std::move(key) : nullptr;
}

// OneAsymmetricKey ::= SEQUENCE { version INTEGER, algorithm SEQUENCE, privateKey OCTET STRING, [0] OPTIONAL, [1]
// publicKey BIT STRING OPTIONAL }; null for anything else, and for version 1.
Owned<ASN1_SEQUENCE_ANY> FieldsOfVersion2(absl::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = next + der.size();
  Owned<ASN1_SEQUENCE_ANY> fields(d2i_ASN1_SEQUENCE_ANY(nullptr, &next, static_cast<long>(der.size())));
  if (fields == nullptr || next != end || sk_ASN1_TYPE_num(fields.get()) < kFieldsOfVersion1) return nullptr;
  const ASN1_TYPE* const version = sk_ASN1_TYPE_value(fields.get(), 0);
  const ASN1_TYPE* const algorithm = sk_ASN1_TYPE_value(fields.get(), 1);
  const bool is_version_2 = version->type == V_ASN1_INTEGER && ASN1_INTEGER_get(version->value.integer) == kVersion2;
  return is_version_2 && algorithm->type == V_ASN1_SEQUENCE ? std::move(fields) : nullptr;
}

// Removes the fields that version 1 does not have; returns the bits of the public key, if there is one.
std::string TakePublicKey(ASN1_SEQUENCE_ANY* fields) {
  std::string public_key;
  while (sk_ASN1_TYPE_num(fields) > kFieldsOfVersion1) {
    ASN1_TYPE* const field = sk_ASN1_TYPE_pop(fields);
    if (field->type == V_ASN1_OTHER && ASN1_STRING_get0_data(field->value.asn1_string)[0] == kPublicKeyTag) {
      const unsigned char* content = ASN1_STRING_get0_data(field->value.asn1_string);
      long size = 0;
      int tag = 0;
      int tag_class = 0;
      ASN1_get_object(&content, &size, &tag, &tag_class, ASN1_STRING_length(field->value.asn1_string));
      // The first octet is the number of unused bits.
      if (size > 1) public_key.assign(reinterpret_cast<const char*>(content) + 1, size - 1);
    }
    ASN1_TYPE_free(field);
  }
  return public_key;
}

absl::StatusOr<bool> IsPublicKeyOf(EVP_PKEY* key, absl::string_view bits) {
  X509_PUBKEY* made = nullptr;
  const bool is_made = X509_PUBKEY_set(&made, key) == 1;
  const Owned<X509_PUBKEY> owned(made);
  const unsigned char* own = nullptr;
  int size = 0;
  if (!is_made || X509_PUBKEY_get0_param(nullptr, &own, &size, nullptr, made) != 1) return Unreadable();
  return bits == absl::string_view(reinterpret_cast<const char*>(own), static_cast<size_t>(size));
}

// OpenSSL 3.0 reads only version 1.
absl::StatusOr<Owned<EVP_PKEY>> ReadVersion2(ASN1_SEQUENCE_ANY* fields) {
  const std::string public_key = TakePublicKey(fields);
  if (ASN1_INTEGER_set(sk_ASN1_TYPE_value(fields, 0)->value.integer, 0) != 1) return Unreadable();
  std::string version_1 = EncodedDer(i2d_ASN1_SEQUENCE_ANY, fields);
  Owned<EVP_PKEY> key = Decode(version_1);
  OPENSSL_cleanse(version_1.data(), version_1.size());
  if (key == nullptr) return Unreadable();
  if (public_key.empty()) return key;
  const absl::StatusOr<bool> is_its = IsPublicKeyOf(key.get(), public_key);
  if (!is_its.ok()) return is_its.status();
  if (!*is_its) return absl::InvalidArgumentError("the public key stored with the private key does not match it");
  return key;
}

}  // namespace

absl::StatusOr<Owned<EVP_PKEY>> ReadPrivateKey(absl::string_view der) {
  const Owned<ASN1_SEQUENCE_ANY> fields = FieldsOfVersion2(der);
  ERR_clear_error();
  if (fields != nullptr) return ReadVersion2(fields.get());
  Owned<EVP_PKEY> key = Decode(der);
  if (key == nullptr) return Unreadable();
  ERR_clear_error();
  return key;
}

}  // namespace pinion::x509
