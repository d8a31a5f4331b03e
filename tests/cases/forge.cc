#include "tests/cases/forge.h"

#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "tests/cases/der.h"
#include "tests/cases/key_ring.h"
#include "tests/cases/subject_alt_name.h"
#include "tests/x509/from_hex.h"

namespace pinion::testing {
namespace {

constexpr uint8_t kSequence = 0x30;
constexpr size_t kSpkiField = 6;
// The parts of the signed content of every certificate that is issued here.
const std::vector<std::string>& SignedFields() {
  static const auto* const fields = new std::vector<std::string>{
      "version", "serialNumber", "signature", "issuer", "validity", "subject", "subjectPublicKeyInfo", "extensions"};
  return *fields;
}

template <typename T>
T Required(T value, const std::string& what) {
  if (!value) OrDie<int>(absl::InvalidArgumentError(what));
  return value;
}

absl::Time ToTime(const google::protobuf::Timestamp& time) { return absl::FromUnixSeconds(time.seconds()); }

void RemoveExtension(X509* certificate, const ASN1_OBJECT* type) {
  for (int at = X509_get_ext_by_OBJ(certificate, type, -1); at >= 0; at = X509_get_ext_by_OBJ(certificate, type, -1)) {
    X509_EXTENSION_free(X509_delete_ext(certificate, at));
  }
}

void SetExtension(X509* certificate, X509* issuer, const v1::CaseExtension& wanted) {
  const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> type(
      Required(OBJ_txt2obj(wanted.type().c_str(), 0), "no extension " + wanted.type()), &ASN1_OBJECT_free);
  RemoveExtension(certificate, type.get());
  if (wanted.value().empty() && wanted.zeros() == 0) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  // OpenSSL makes policies only with a configuration, even if it is empty.
  const std::unique_ptr<CONF, decltype(&NCONF_free)> none(NCONF_new(nullptr), &NCONF_free);
  X509V3_set_nconf(&context, none.get());
  X509_EXTENSION* made = nullptr;
  if (wanted.zeros() > 0) {
    const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> value(ASN1_OCTET_STRING_new(),
                                                                                      &ASN1_OCTET_STRING_free);
    const std::string zeros(wanted.zeros(), '\0');
    ASN1_STRING_set(value.get(), zeros.data(), static_cast<int>(zeros.size()));
    made = X509_EXTENSION_create_by_OBJ(nullptr, type.get(), 0, value.get());
  } else {
    made = X509V3_EXT_conf(nullptr, &context, wanted.type().c_str(), wanted.value().c_str());
  }
  Required(made, "cannot make extension " + wanted.type() + " = " + wanted.value());
  for (int times = wanted.twice() ? 2 : 1; times > 0; --times) X509_add_ext(certificate, made, -1);
  X509_EXTENSION_free(made);
}

// The signed content of the certificate, with other extensions.
std::string WithExtensions(const std::string& sound, X509* issuer, const v1::CaseCertificate& recipe) {
  const auto* begin = reinterpret_cast<const unsigned char*>(sound.data());
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      d2i_X509(nullptr, &begin, static_cast<long>(sound.size())), &X509_free);
  for (const v1::CaseExtension& wanted : recipe.extensions()) {
    SetExtension(certificate.get(), issuer == nullptr ? certificate.get() : issuer, wanted);
  }
  unsigned char* out = nullptr;
  const int size = i2d_re_X509_tbs(certificate.get(), &out);
  std::string bytes(reinterpret_cast<char*>(out), size);
  OPENSSL_free(out);
  return bytes;
}

// Replaces the parts that recipe.der() names; `fields` are the names of the parts.
void EditFields(const v1::CaseCertificate& recipe, const std::vector<std::string>& fields,
                std::vector<std::string>* parts) {
  for (const v1::CaseDer& edit : recipe.der()) {
    const std::vector<std::string> steps = absl::StrSplit(edit.at(), '.');
    const size_t field = std::find(fields.begin(), fields.end(), steps.front()) - fields.begin();
    if (field == fields.size()) continue;
    std::vector<size_t> path(steps.size() - 1);
    for (size_t i = 0; i < path.size(); ++i) Required(absl::SimpleAtoi(steps[i + 1], &path[i]), edit.at());
    parts->at(field) = der::Replaced(parts->at(field), path, FromHex(edit.hex()));
  }
}

// A BIT STRING that holds the signature.
std::string Sign(const std::string& bytes, const x509::PrivateKey& key, const std::string& hash) {
  const bool hash_is_implied =
      EVP_PKEY_get_base_id(key.handle()) == EVP_PKEY_ED25519 || EVP_PKEY_get_base_id(key.handle()) == EVP_PKEY_ED448;
  const EVP_MD* digest = hash_is_implied ? nullptr : EVP_get_digestbyname(hash.c_str());
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> signing(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t size = 0;
  Required(EVP_DigestSignInit(signing.get(), nullptr, digest, nullptr, key.handle()) == 1 &&
               EVP_DigestSign(signing.get(), nullptr, &size, data, bytes.size()) == 1,
           "cannot sign with " + hash);
  std::string signature(size, '\0');
  EVP_DigestSign(signing.get(), reinterpret_cast<unsigned char*>(&signature[0]), &size, data, bytes.size());
  constexpr uint8_t kBitString = 0x03;
  return der::Element(kBitString, absl::StrCat(std::string(1, '\0'), signature.substr(0, size)));
}

std::string Damaged(std::string certificate, v1::CaseDamage damage) {
  const size_t header = certificate.size() - absl::StrJoin(der::Parts(certificate), "").size();
  const std::string content = certificate.substr(header);
  switch (damage) {
    case v1::CUT_OFF:
      certificate.pop_back();
      return certificate;
    case v1::BYTE_FOLLOWS:
      return certificate + '\0';
    case v1::SIGNATURE_TAMPERED:
      certificate.back() = static_cast<char>(certificate.back() ^ 1);
      return certificate;
    case v1::CONTENT_TAMPERED: {
      std::string serial = der::Parts(der::Parts(certificate)[0])[1];
      serial.back() = static_cast<char>(serial.back() ^ 1);
      return der::Replaced(certificate, {0, 1}, serial);
    }
    case v1::INDEFINITE_LENGTH:
      return absl::StrCat("0\x80", content, std::string(2, '\0'));
    case v1::LENGTH_NOT_MINIMAL:
      // Three bytes of length, where two are sufficient.
      return absl::StrCat("0\x83", std::string(1, '\0'), certificate.substr(2));
    case v1::JUNK:
      return "no certificate";
    case v1::EMPTY:
      return "";
    default:
      return certificate;
  }
}

x509::CertificateRecipe SoundRecipe(const v1::CaseCertificate& recipe, absl::Time now, absl::Duration later) {
  x509::CertificateRecipe sound;
  sound.common_name = recipe.common_name().empty() ? recipe.name() : recipe.common_name();
  sound.raw_subject_alt_name = SubjectAltNameOf({recipe.names().begin(), recipe.names().end()});
  sound.not_before = (recipe.has_not_before() ? ToTime(recipe.not_before()) : now - absl::Hours(1)) + later;
  sound.not_after = (recipe.has_not_after() ? ToTime(recipe.not_after()) : now + absl::Hours(24 * 90)) + later;
  sound.is_ca = recipe.ca();
  if (!recipe.hash().empty()) sound.signature_hash = recipe.hash();
  return sound;
}

}  // namespace

Forge::Forge(const v1::HandshakeCase& one, absl::Duration later) : now_(ToTime(one.time())), later_(later) {
  for (const v1::CaseCertificate& certificate : one.certificates()) {
    recipes_[certificate.name()] = certificate;
    for (uint32_t i = 1; i <= certificate.chain(); ++i) {
      v1::CaseCertificate link = certificate;
      link.set_name(absl::StrCat(certificate.name(), "-", i));
      link.set_common_name(link.name());
      link.set_key(certificate.name());
      if (i > 1) link.set_issuer(absl::StrCat(certificate.name(), "-", i - 1));
      recipes_[link.name()] = link;
    }
  }
}

const Forged& Forge::Get(const std::string& name) {
  const auto found = made_.find(name);
  if (found != made_.end()) return found->second;
  return made_.emplace(name, Make(RecipeOf(name))).first->second;
}

const v1::CaseCertificate& Forge::RecipeOf(const std::string& name) const {
  const auto found = recipes_.find(name);
  Required(found != recipes_.end(), "no certificate is called " + name);
  return found->second;
}

Forged Forge::Make(const v1::CaseCertificate& recipe) {
  const x509::PrivateKey& key = KeyOf(recipe.key().empty() ? recipe.name() : recipe.key(),
                                      recipe.key_type().empty() ? "P-256" : recipe.key_type());
  const x509::Issuer* issuer = recipe.issuer().empty() ? nullptr : &Get(recipe.issuer()).authority;
  const x509::CertificateRecipe sound_recipe = SoundRecipe(recipe, now_, later_);
  const std::string sound = OrDie(x509::IssueCertificate(sound_recipe, key, issuer));

  std::vector<std::string> fields =
      der::Parts(WithExtensions(sound, issuer == nullptr ? nullptr : issuer->certificate.handle(), recipe));
  EditFields(recipe, SignedFields(), &fields);
  const std::string to_be_signed = der::Element(kSequence, absl::StrJoin(fields, ""));
  const x509::PrivateKey& signing_key = issuer == nullptr ? key : issuer->key;
  std::vector<std::string> parts = {to_be_signed, der::Parts(sound)[1],
                                    Sign(to_be_signed, signing_key, sound_recipe.signature_hash)};
  EditFields(recipe, {"", "signatureAlgorithm", "signatureValue"}, &parts);

  // Names that Pinion treats as malformed are not names of an issuer.
  x509::CertificateRecipe authority = sound_recipe;
  authority.raw_subject_alt_name = "";
  return {Damaged(der::Element(kSequence, absl::StrJoin(parts, "")), recipe.damage()),
          x509::Sha256(fields[kSpkiField]).value(),
          key.spki_digest(),
          {OrDie(x509::Certificate::FromDer(OrDie(x509::IssueCertificate(authority, key, issuer)))), key}};
}

}  // namespace pinion::testing
