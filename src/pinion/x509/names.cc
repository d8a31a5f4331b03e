#include "pinion/x509/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/socket_address.h"
#include "pinion/x509/encoding/openssl.h"

namespace pinion::x509 {
namespace {

constexpr size_t kNamesShown = 8;
constexpr size_t kCharactersShown = 120;

std::string BytesOf(const ASN1_STRING* string) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)), ASN1_STRING_length(string));
}

bool IsVisibleAscii(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isgraph);
}

absl::Status Malformed(absl::string_view what, absl::string_view value) {
  return absl::InvalidArgumentError(
      absl::StrCat("subjectAltName: ", what, ": \"", absl::CHexEscape(value.substr(0, kCharactersShown)), "\""));
}

absl::Status Add(const GENERAL_NAME* name, SubjectAltNames* names) {
  switch (name->type) {
    case GEN_DNS:
    case GEN_URI: {
      const bool is_dns = name->type == GEN_DNS;
      const std::string text = BytesOf(is_dns ? name->d.dNSName : name->d.uniformResourceIdentifier);
      if (!IsVisibleAscii(text)) {
        return Malformed(is_dns ? "a DNS name is not visible ASCII" : "a URI is not visible ASCII", text);
      }
      (is_dns ? names->dns : names->uris).push_back(text);
      return absl::OkStatus();
    }
    case GEN_IPADD: {
      const std::string bytes = BytesOf(name->d.iPAddress);
      if (bytes.size() != 4 && bytes.size() != 16) return Malformed("an IP address is not 4 or 16 bytes long", bytes);
      names->addresses.push_back(bytes);
      return absl::OkStatus();
    }
    default:
      return absl::OkStatus();
  }
}

// `extensions` may be null.
absl::StatusOr<SubjectAltNames> ParseAmong(const STACK_OF(X509_EXTENSION) * extensions) {
  SubjectAltNames names;
  const int at = X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1);
  if (at < 0) return names;
  if (X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, at) >= 0) {
    return absl::InvalidArgumentError("subjectAltName: the extension occurs twice");
  }
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509v3_get_ext(extensions, at));
  const unsigned char* begin = ASN1_STRING_get0_data(value);
  const unsigned char* next = begin;
  const Owned<GENERAL_NAMES> parsed(d2i_GENERAL_NAMES(nullptr, &next, ASN1_STRING_length(value)));
  if (parsed == nullptr) return absl::InvalidArgumentError(absl::StrCat("subjectAltName: ", TakeError()));
  if (next != begin + ASN1_STRING_length(value)) {
    return absl::InvalidArgumentError("subjectAltName: bytes follow the list of names");
  }
  if (sk_GENERAL_NAME_num(parsed.get()) == 0) {
    return absl::InvalidArgumentError("subjectAltName: the list of names is empty");
  }
  for (int i = 0; i < sk_GENERAL_NAME_num(parsed.get()); ++i) {
    if (absl::Status status = Add(sk_GENERAL_NAME_value(parsed.get(), i), &names); !status.ok()) return status;
  }
  return names;
}

}  // namespace

bool SubjectAltNames::Covers(const HostName& host) const {
  if (host.is_address()) return std::find(addresses.begin(), addresses.end(), host.address()) != addresses.end();
  return std::any_of(dns.begin(), dns.end(), [&host](const std::string& name) {
    // A dNSName in a certificate must not have a trailing dot, and an IP address as text is not a DNS name.
    if (name.back() == '.') return false;
    const absl::StatusOr<HostPattern> pattern = HostPattern::Parse(name);
    return pattern.ok() && pattern->Matches(host);
  });
}

std::string SubjectAltNames::ToString() const {
  std::vector<std::string> shown;
  for (const std::string& name : dns) shown.push_back(absl::StrCat("DNS:", name));
  for (const std::string& name : uris) shown.push_back(absl::StrCat("URI:", name));
  for (const std::string& bytes : addresses) shown.push_back(absl::StrCat("IP:", AddressText(bytes)));
  if (shown.empty()) return "none";
  const size_t left_out = shown.size() > kNamesShown ? shown.size() - kNamesShown : 0;
  shown.resize(shown.size() - left_out);
  for (std::string& name : shown) name = absl::CHexEscape(name.substr(0, kCharactersShown));
  return absl::StrCat(absl::StrJoin(shown, ", "), left_out > 0 ? absl::StrCat(" and ", left_out, " more") : "");
}

absl::StatusOr<SubjectAltNames> ParseSubjectAltNames(const X509* certificate) {
  return ParseAmong(X509_get0_extensions(certificate));
}

absl::StatusOr<SubjectAltNames> ParseSubjectAltNames(X509_REQ* request) {
  const Owned<STACK_OF(X509_EXTENSION)> extensions(X509_REQ_get_extensions(request));
  return ParseAmong(extensions.get());
}

}  // namespace pinion::x509
