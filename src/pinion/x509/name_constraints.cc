#include "pinion/x509/name_constraints.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/host_name.h"

namespace pinion::x509 {
namespace {

absl::string_view BytesOf(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

absl::Status Malformed(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("nameConstraints: ", why));
}

// Whether it is a valid DNS base: empty for all names, or a host name, optionally after a dot.
bool IsDomain(absl::string_view base) {
  if (base.empty()) return true;
  const absl::StatusOr<HostName> name = HostName::Parse(absl::StripPrefix(base, "."));
  return name.ok() && !name->is_address() && base.back() != '.';
}

// An address, and a mask of ones and then zeros, of the same size.
bool IsAddressRange(absl::string_view base) {
  if (base.size() != 8 && base.size() != 32) return false;
  bool ended = false;
  for (const char one : base.substr(base.size() / 2)) {
    for (int bit = 7; bit >= 0; --bit) {
      const bool is_set = (static_cast<unsigned char>(one) >> bit & 1) != 0;
      if (ended && is_set) return false;
      ended = ended || !is_set;
    }
  }
  return true;
}

absl::Status CheckBase(const GENERAL_NAME* base) {
  const auto quoted = [](const ASN1_STRING* text) { return absl::CHexEscape(BytesOf(text).substr(0, 120)); };
  switch (base->type) {
    case GEN_DNS:
      if (IsDomain(BytesOf(base->d.dNSName))) return absl::OkStatus();
      return Malformed(absl::StrCat("\"", quoted(base->d.dNSName), "\" is not a DNS name"));
    case GEN_URI:
      if (IsDomain(BytesOf(base->d.uniformResourceIdentifier))) return absl::OkStatus();
      return Malformed(absl::StrCat("\"", quoted(base->d.uniformResourceIdentifier), "\" is not a host of a URI"));
    case GEN_EMAIL: {
      const absl::string_view text = BytesOf(base->d.rfc822Name);
      if (std::all_of(text.begin(), text.end(), absl::ascii_isgraph)) return absl::OkStatus();
      return Malformed(absl::StrCat("\"", quoted(base->d.rfc822Name), "\" is not an e-mail address"));
    }
    case GEN_IPADD:
      if (IsAddressRange(BytesOf(base->d.iPAddress))) return absl::OkStatus();
      return Malformed("an IP range is not an address and a contiguous mask of 4 or 16 bytes each");
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckSubtrees(const STACK_OF(GENERAL_SUBTREE) * subtrees) {
  if (subtrees == nullptr) return absl::OkStatus();
  if (sk_GENERAL_SUBTREE_num(subtrees) == 0) return Malformed("a list of subtrees is empty");
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); ++i) {
    const GENERAL_SUBTREE* const subtree = sk_GENERAL_SUBTREE_value(subtrees, i);
    const bool has_minimum = subtree->minimum != nullptr && ASN1_INTEGER_get(subtree->minimum) != 0;
    if (has_minimum || subtree->maximum != nullptr) return Malformed("a subtree has a minimum or a maximum");
    if (absl::Status status = CheckBase(subtree->base); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// The DNS names that the CA excludes, including the name itself; ".a.test" excludes only the names below it (RFC 5280
// §4.2.1.10).
absl::StatusOr<std::vector<HostName>> ExcludedNames(const Certificate& ca) {
  std::vector<HostName> excluded;
  int found = 0;
  const Owned<NAME_CONSTRAINTS> constraints(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(ca.handle(), NID_name_constraints, &found, nullptr)));
  constexpr int kAbsent = -1;
  if (constraints == nullptr && found == kAbsent) return excluded;
  if (constraints == nullptr) return absl::InvalidArgumentError(absl::StrCat("they cannot be read: ", TakeError()));
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees); ++i) {
    const GENERAL_NAME* base = sk_GENERAL_SUBTREE_value(constraints->excludedSubtrees, i)->base;
    if (base->type != GEN_DNS) continue;
    const absl::StatusOr<HostName> name =
        HostName::Parse({reinterpret_cast<const char*>(ASN1_STRING_get0_data(base->d.dNSName)),
                         static_cast<size_t>(ASN1_STRING_length(base->d.dNSName))});
    if (name.ok()) excluded.push_back(*name);
  }
  return excluded;
}

}  // namespace

absl::Status CheckNameConstraints(absl::string_view value) {
  const auto* next = reinterpret_cast<const unsigned char*>(value.data());
  const Owned<NAME_CONSTRAINTS> constraints(reinterpret_cast<NAME_CONSTRAINTS*>(
      ASN1_item_d2i(nullptr, &next, static_cast<long>(value.size()), ASN1_ITEM_rptr(NAME_CONSTRAINTS))));
  if (constraints == nullptr) return Malformed(TakeError());
  if (constraints->permittedSubtrees == nullptr && constraints->excludedSubtrees == nullptr) {
    return Malformed("there is no subtree");
  }
  if (absl::Status status = CheckSubtrees(constraints->permittedSubtrees); !status.ok()) return status;
  return CheckSubtrees(constraints->excludedSubtrees);
}

std::string FindExcludedWildcard(const std::vector<Certificate>& path) {
  std::vector<HostPattern> wildcards;
  for (const std::string& name : path.front().names().dns) {
    const absl::StatusOr<HostPattern> pattern = HostPattern::Parse(name);
    if (pattern.ok() && pattern->is_wildcard()) wildcards.push_back(*pattern);
  }
  if (wildcards.empty()) return "";
  for (size_t depth = 1; depth < path.size(); ++depth) {
    const absl::StatusOr<std::vector<HostName>> names = ExcludedNames(path[depth]);
    if (!names.ok()) {
      return absl::StrCat("the name constraints of issuing certificate ", depth,
                          " on its path: ", names.status().message());
    }
    for (const HostName& excluded : *names) {
      for (const HostPattern& wildcard : wildcards) {
        if (!wildcard.Matches(excluded)) continue;
        return absl::StrCat("the certificate's name ", wildcard.text(), " covers ", excluded.text(),
                            ", which is in an excluded subtree of ", "issuing certificate ", depth, " on its path");
      }
    }
  }
  return "";
}

}  // namespace pinion::x509
