#include "pinion/x509/certificate_form.h"

#include <openssl/err.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/der.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/name_constraints.h"

namespace pinion::x509 {
namespace {

absl::string_view BytesOf(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

// Whether the extension is one of RFC 5280 §4.2, which have DER values. Other extensions may contain any bytes and are
// not checked.
bool IsOfRfc5280(int nid) {
  switch (nid) {
    case NID_authority_key_identifier:
    case NID_subject_key_identifier:
    case NID_key_usage:
    case NID_certificate_policies:
    case NID_policy_mappings:
    case NID_subject_alt_name:
    case NID_issuer_alt_name:
    case NID_basic_constraints:
    case NID_name_constraints:
    case NID_policy_constraints:
    case NID_ext_key_usage:
    case NID_crl_distribution_points:
    case NID_inhibit_any_policy:
    case NID_freshest_crl:
    case NID_info_access:
    case NID_sinfo_access:
      return true;
    default:
      return false;
  }
}

// Whether the value uses implicit context-specific tags, so that only its syntax distinguishes a string from a
// SEQUENCE.
bool HasImplicitTags(int nid) {
  return nid == NID_authority_key_identifier || nid == NID_subject_alt_name || nid == NID_issuer_alt_name ||
         nid == NID_name_constraints || nid == NID_policy_constraints;
}

// Whether OpenSSL, which writes DER, would encode the value that it reads as the same bytes.
bool IsWrittenAlike(int nid, absl::string_view value) {
  const ASN1_ITEM* const syntax = ASN1_ITEM_ptr(X509V3_EXT_get_nid(nid)->it);
  const auto* next = reinterpret_cast<const unsigned char*>(value.data());
  ASN1_VALUE* const read = ASN1_item_d2i(nullptr, &next, static_cast<long>(value.size()), syntax);
  unsigned char* written = nullptr;
  const int size = read == nullptr ? -1 : ASN1_item_i2d(read, &written, syntax);
  const bool is_alike =
      size >= 0 && value == absl::string_view(reinterpret_cast<char*>(written), static_cast<size_t>(size));
  OPENSSL_free(written);
  ASN1_item_free(read, syntax);
  ERR_clear_error();
  return is_alike;
}

absl::Status CheckExtension(int nid, absl::string_view value) {
  const char* const name = OBJ_nid2ln(nid);
  if (absl::Status status = CheckDer(value); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", status.message()));
  }
  if (HasImplicitTags(nid) && !IsWrittenAlike(nid, value)) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": the value is malformed, or not DER"));
  }
  return nid == NID_name_constraints ? CheckNameConstraints(value) : absl::OkStatus();
}

absl::Status CheckExtensions(const X509* certificate) {
  std::set<absl::string_view> kinds;
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* const extension = X509_get_ext(certificate, i);
    const ASN1_OBJECT* const kind = X509_EXTENSION_get_object(extension);
    if (!kinds.emplace(reinterpret_cast<const char*>(OBJ_get0_data(kind)), OBJ_length(kind)).second) {
      return absl::InvalidArgumentError("an extension occurs twice");
    }
    const int nid = OBJ_obj2nid(kind);
    if (!IsOfRfc5280(nid)) continue;
    if (absl::Status status = CheckExtension(nid, BytesOf(X509_EXTENSION_get_data(extension))); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

// Checks the encoding of the key itself. EC points and Ed25519 keys are not DER elements.
absl::Status CheckKey(const X509* certificate) {
  ASN1_OBJECT* kind = nullptr;
  const unsigned char* key = nullptr;
  int size = 0;
  X509_PUBKEY_get0_param(&kind, &key, &size, nullptr, X509_get_X509_PUBKEY(certificate));
  if (OBJ_obj2nid(kind) != NID_rsaEncryption) return absl::OkStatus();
  absl::Status status = CheckDer({reinterpret_cast<const char*>(key), static_cast<size_t>(size)});
  return status.ok() ? status : absl::InvalidArgumentError(absl::StrCat("its RSA key: ", status.message()));
}

}  // namespace

absl::Status CheckForm(absl::string_view der, const X509* certificate) {
  if (absl::Status status = CheckDer(der); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("it is ", status.message()));
  }
  const X509_ALGOR* outer = nullptr;
  X509_get0_signature(nullptr, &outer, certificate);
  if (X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(certificate)) != 0) {
    return absl::InvalidArgumentError("its two signature algorithms differ");
  }
  if (absl::Status status = CheckKey(certificate); !status.ok()) return status;
  return CheckExtensions(certificate);
}

}  // namespace pinion::x509
