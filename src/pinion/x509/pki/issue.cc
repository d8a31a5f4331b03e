#include "pinion/x509/pki/issue.h"

#include <openssl/rand.h>

#include "absl/strings/str_cat.h"
#include "pinion/base/socket_address.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/host_name.h"

namespace pinion::x509 {
namespace {

absl::Status Failed(absl::string_view what) {
  return absl::InternalError(absl::StrCat("cannot make a certificate: ", what, ": ", TakeError()));
}

bool SetSerial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) return false;
  bytes[0] = (bytes[0] & 0x7f) | 0x40;  // positive and of full length
  const Owned<BIGNUM> number(BN_bin2bn(bytes, sizeof(bytes), nullptr));
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetTimes(X509* certificate, const CertificateRecipe& recipe) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(recipe.not_before)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(recipe.not_after)) != nullptr;
}

bool SetSubject(X509* certificate, const std::string& common_name) {
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

// `value` is in the syntax of OpenSSL's configuration files and never contains external input.
bool AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool AppendName(GENERAL_NAMES* names, int type, const std::string& value) {
  Owned<GENERAL_NAME> name(GENERAL_NAME_new());
  Owned<ASN1_STRING> string(ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING));
  if (name == nullptr || string == nullptr ||
      ASN1_STRING_set(string.get(), value.data(), static_cast<int>(value.size())) != 1) {
    return false;
  }
  GENERAL_NAME_set0_value(name.get(), type, string.release());
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return false;
  static_cast<void>(name.release());  // owned by the stack
  return true;
}

absl::StatusOr<std::string> SubjectAltNameDer(const CertificateRecipe& recipe) {
  if (recipe.raw_subject_alt_name.has_value()) return *recipe.raw_subject_alt_name;
  const Owned<GENERAL_NAMES> names(GENERAL_NAMES_new());
  bool good = names != nullptr;
  if (!good) return Failed("its names");
  for (const std::string& dns : recipe.dns) good = AppendName(names.get(), GEN_DNS, dns) && good;
  for (const std::string& uri : recipe.uris) good = AppendName(names.get(), GEN_URI, uri) && good;
  for (const std::string& text : recipe.addresses) {
    const absl::StatusOr<HostName> host = HostName::Parse(text);
    if (!host.ok() || !host->is_address()) {
      return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not an IP address"));
    }
    good = AppendName(names.get(), GEN_IPADD, host->address()) && good;
  }
  if (sk_GENERAL_NAME_num(names.get()) == 0) return std::string();
  std::string der = EncodedDer(i2d_GENERAL_NAMES, names.get());
  if (!good || der.empty()) return Failed("its names");
  return der;
}

absl::Status AddSubjectAltName(X509* certificate, const CertificateRecipe& recipe) {
  const absl::StatusOr<std::string> der = SubjectAltNameDer(recipe);
  if (!der.ok()) return der.status();
  if (der->empty()) return absl::OkStatus();
  const Owned<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
  if (value == nullptr || ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(der->data()),
                                                static_cast<int>(der->size())) != 1) {
    return Failed("its names");
  }
  const Owned<X509_EXTENSION> extension(X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, value.get()));
  if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1) return Failed("its names");
  return absl::OkStatus();
}

bool AddUsages(X509* certificate, X509* issuer, const CertificateRecipe& recipe) {
  if (recipe.is_ca) {
    const std::string limit = recipe.path_length < 0 ? "" : absl::StrCat(",pathlen:", recipe.path_length);
    return AddExtension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE" + limit) &&
           AddExtension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  }
  const bool both = recipe.server_auth && recipe.client_auth;
  const std::string usages =
      absl::StrCat(recipe.server_auth ? "serverAuth" : "", both ? "," : "", recipe.client_auth ? "clientAuth" : "");
  return AddExtension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
         AddExtension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
         (usages.empty() || AddExtension(certificate, issuer, NID_ext_key_usage, usages));
}

}  // namespace

absl::StatusOr<std::string> IssueCertificate(const CertificateRecipe& recipe, const PrivateKey& subject_key,
                                             const Issuer* issuer) {
  const ErrorsCleared at_the_end;
  const Owned<X509> certificate(X509_new());
  X509* const made = certificate.get();
  X509* const by = issuer == nullptr ? made : issuer->certificate.handle();
  if (made == nullptr || X509_set_version(made, X509_VERSION_3) != 1 || !SetSerial(made))
    return Failed("its serial number");
  if (!SetTimes(made, recipe)) return absl::InvalidArgumentError("cannot make a certificate with such times");
  if (!SetSubject(made, recipe.common_name)) return Failed("its subject");
  if (X509_set_issuer_name(made, X509_get_subject_name(by)) != 1 || X509_set_pubkey(made, subject_key.handle()) != 1) {
    return Failed("its key");
  }
  if (!AddUsages(made, by, recipe) || !AddExtension(made, by, NID_subject_key_identifier, "hash") ||
      !AddExtension(made, by, NID_authority_key_identifier, "keyid:always")) {
    return Failed("its extensions");
  }
  if (absl::Status status = AddSubjectAltName(made, recipe); !status.ok()) return status;
  EVP_PKEY* const signing_key = issuer == nullptr ? subject_key.handle() : issuer->key.handle();
  const bool digest_is_implied = EVP_PKEY_get_base_id(signing_key) == EVP_PKEY_ED25519;
  const EVP_MD* digest = digest_is_implied ? nullptr : EVP_get_digestbyname(recipe.signature_hash.c_str());
  if (X509_sign(made, signing_key, digest) <= 0) return Failed("its signature");

  std::string der = EncodedDer(i2d_X509, made);
  if (der.empty()) return Failed("its encoding");
  return der;
}

CertificateRecipe RecipeOf(const Certificate& certificate) {
  CertificateRecipe recipe;
  char common_name[65] = {};  // RFC 5280 allows 64
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.handle()), NID_commonName, common_name,
                            sizeof(common_name));
  recipe.common_name = common_name;
  recipe.dns = certificate.names().dns;
  recipe.uris = certificate.names().uris;
  for (const std::string& address : certificate.names().addresses) recipe.addresses.push_back(AddressText(address));
  recipe.not_before = certificate.not_before();
  recipe.not_after = certificate.not_after();
  const uint32_t usages = X509_get_extended_key_usage(certificate.handle());
  recipe.server_auth = (usages & XKU_SSL_SERVER) != 0;
  recipe.client_auth = (usages & XKU_SSL_CLIENT) != 0;
  return recipe;
}

}  // namespace pinion::x509
