// Host names and patterns, "PATTERN\nHOST", against a matcher that compares label by label, and against OpenSSL's
// reading of addresses.
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "pinion/base/host_port.h"
#include "pinion/base/socket_address.h"
#include "pinion/x509/host_name.h"
#include "tests/fuzz/invariant.h"

namespace pinion::x509 {
namespace {

using fuzz::Require;
using Labels = std::vector<std::string>;

// The labels of a DNS name by RFC 1035 §2.3.4 and the header's comment; none for other texts.
Labels NaiveLabels(std::string name) {
  if (!name.empty() && name.back() == '.') name.pop_back();
  if (name.empty() || name.size() > 253) return {};
  Labels labels = absl::StrSplit(name, '.');
  bool last_is_a_number = true;
  for (std::string& label : labels) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return {};
    last_is_a_number = true;
    for (char& c : label) {
      const bool is_digit = c >= '0' && c <= '9';
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if (!is_digit && !(c >= 'a' && c <= 'z') && c != '-' && c != '_') return {};
      last_is_a_number = last_is_a_number && is_digit;
    }
  }
  return last_is_a_number ? Labels() : labels;
}

// Whether the pattern covers the DNS name.
bool NaiveMatches(const std::string& pattern, const std::string& host) {
  const bool is_wildcard = pattern.substr(0, 2) == "*.";
  const Labels wanted = NaiveLabels(is_wildcard ? pattern.substr(2) : pattern);
  Labels given = NaiveLabels(host);
  if (wanted.empty() || given.empty() || (is_wildcard && wanted.size() < 2)) return false;
  if (is_wildcard) given.erase(given.begin());
  return wanted == given;
}

// OpenSSL's reading, which accepts more than Pinion's.
std::string OpensslAddress(const std::string& text) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(text.c_str());
  if (address == nullptr) return "";
  std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(address)), ASN1_STRING_length(address));
  ASN1_OCTET_STRING_free(address);
  return bytes;
}

void RequireSound(const std::string& given, const HostName& host) {
  fuzz::RequirePrintable(host.text());
  const absl::StatusOr<HostName> again = HostName::Parse(host.text());
  Require(again.ok() && again->text() == host.text() && again->address() == host.address(), "text() parses as the same",
          host.text());
  const std::string bracketed = host.address().size() == 16 ? absl::StrCat("[", host.text(), "]") : host.text();
  // "dns:443" is the target 443 of the scheme dns, for gRPC as for us.
  const bool is_scheme = host.text() == "dns" || host.text() == "ipv4" || host.text() == "ipv6";
  for (const std::string& target :
       {bracketed, absl::StrCat(is_scheme ? "dns:" : "", bracketed, ":443"), absl::StrCat("dns:///", bracketed, ":1"),
        absl::StrCat("dns://1.2.3.4/", bracketed, ":1")}) {
    const absl::StatusOr<HostName> from_target = HostName::FromTarget(target);
    Require(from_target.ok() && from_target->text() == host.text(), "a target of the host is that host", target);
  }
  if (host.is_address()) {
    Require(AddressText(host.address()) == host.text(), "an address is written as its text", given);
    Require(OpensslAddress(host.text()) == host.address(), "OpenSSL reads the same address", given);
  } else {
    Require(absl::StrJoin(NaiveLabels(given), ".") == host.text(), "a DNS name is its labels in lower case", given);
  }
}

bool Check(const std::string& pattern_text, const std::string& host_text) {
  const absl::StatusOr<HostName> host = HostName::Parse(host_text);
  const absl::StatusOr<HostPattern> pattern = HostPattern::Parse(pattern_text);
  if (host.ok()) {
    RequireSound(host_text, *host);
  } else {
    fuzz::RequirePrintable(host.status().message());
    Require(NaiveLabels(host_text).empty(), "a DNS name is one", host_text);
  }
  if (!pattern.ok()) fuzz::RequirePrintable(pattern.status().message());
  if (!host.ok() || !pattern.ok()) {
    Require(!NaiveMatches(pattern_text, host_text), "a name that the naive matcher matches is parsed", host_text);
    return false;
  }
  const absl::StatusOr<HostName> literal = HostName::Parse(pattern_text);
  const bool expected = host->is_address() ? literal.ok() && literal->address() == host->address()
                                           : NaiveMatches(pattern_text, host_text);
  Require(pattern->Matches(*host) == expected, "matches as the naive matcher",
          absl::StrCat(pattern_text, " / ", host_text));
  return expected;
}

// The port is the one that the digits state, and the written form is parsed as the same.
void CheckHostPort(const std::string& text) {
  const absl::StatusOr<HostPort> where = ParseHostPort(text);
  if (!where.ok()) return fuzz::RequirePrintable(where.status().message());
  const std::string again = absl::StrCat("[", where->host, "]:", where->port);
  const absl::StatusOr<HostPort> parsed = ParseHostPort(again);
  Require(parsed.ok() && parsed->host == where->host && parsed->port == where->port,
          "the written form is parsed as the same", text);
  Require(where->port >= 0 && where->port <= 65535 && absl::EndsWith(text, std::to_string(where->port)),
          "the port is the one in the text", text);
}

}  // namespace
}  // namespace pinion::x509

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t newline = text.find('\n');
  const std::string pattern = text.substr(0, newline);
  const std::string host = newline == std::string::npos ? "" : text.substr(newline + 1);
  const absl::StatusOr<pinion::x509::HostName> target = pinion::x509::HostName::FromTarget(text);
  if (!target.ok()) pinion::fuzz::RequirePrintable(target.status().message());
  pinion::x509::CheckHostPort(pattern);
  pinion::x509::CheckHostPort(host);
  const bool matched = pinion::x509::Check(pattern, host);
  // Also a name that the pattern covers, if it is one: two random texts seldom match.
  const bool is_wildcard = absl::StartsWith(pattern, "*");
  const std::string fitting = is_wildcard ? absl::StrCat(host.substr(0, host.find('.')), pattern.substr(1)) : pattern;
  pinion::fuzz::CountInput(pinion::x509::Check(pattern, fitting) || matched);
  return 0;
}
