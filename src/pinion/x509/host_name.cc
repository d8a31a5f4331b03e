#include "pinion/x509/host_name.h"

#include <arpa/inet.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "pinion/base/host_port.h"
#include "pinion/base/socket_address.h"

namespace pinion::x509 {
namespace {

constexpr size_t kMaxName = 253;
constexpr size_t kMaxLabel = 63;

absl::Status NotAHost(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("not a host name: ", why, ": \"", absl::CHexEscape(text.substr(0, 80)), "\""));
}

// The bytes of an IP address as text; empty if it is not one.
std::string AddressBytes(const std::string& text) {
  char bytes[16];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return std::string(bytes, 4);
  if (inet_pton(AF_INET6, text.c_str(), bytes) == 1) return std::string(bytes, 16);
  return "";
}

bool IsLabelCharacter(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; }

absl::Status CheckDnsName(absl::string_view given, absl::string_view name) {
  if (name.empty()) return NotAHost(given, "it is empty");
  if (name.size() > kMaxName) return NotAHost(given, "it is longer than 253 characters");
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  for (const absl::string_view label : labels) {
    if (label.empty()) return NotAHost(given, "it has an empty label");
    if (label.size() > kMaxLabel) return NotAHost(given, "a label is longer than 63 characters");
    if (std::any_of(label.begin(), label.end(), [](char c) { return !absl::ascii_isascii(c); })) {
      return NotAHost(given, "write international names as A-labels (xn--...)");
    }
    if (!std::all_of(label.begin(), label.end(), IsLabelCharacter)) {
      return NotAHost(given, "only letters, digits, '-', '_' and '.' are allowed");
    }
    if (label.front() == '-' || label.back() == '-') return NotAHost(given, "a label begins or ends with '-'");
  }
  if (std::all_of(labels.back().begin(), labels.back().end(), absl::ascii_isdigit)) {
    return NotAHost(given, "its last label is a number, and it is not an IPv4 address");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HostName> HostName::Parse(absl::string_view text) {
  HostName host;
  const bool bracketed = absl::StartsWith(text, "[") && absl::EndsWith(text, "]");
  const absl::string_view bare = bracketed ? text.substr(1, text.size() - 2) : text;
  if (bare.find('\0') == absl::string_view::npos) host.address_ = AddressBytes(std::string(bare));
  if (host.is_address()) {
    if (bracketed && host.address_.size() == 4) return NotAHost(text, "brackets are for IPv6 addresses");
    host.text_ = AddressText(host.address_);
    return host;
  }
  absl::string_view name = text;
  absl::ConsumeSuffix(&name, ".");
  if (absl::Status status = CheckDnsName(text, name); !status.ok()) return status;
  host.text_ = absl::AsciiStrToLower(name);
  return host;
}

absl::StatusOr<HostName> HostName::FromTarget(absl::string_view target) {
  absl::string_view host = target;
  for (const absl::string_view scheme : {"dns:", "ipv4:", "ipv6:"}) {
    if (!absl::ConsumePrefix(&host, scheme)) continue;
    if (absl::ConsumePrefix(&host, "//")) host.remove_prefix(std::min(host.find('/'), host.size()));
    absl::ConsumePrefix(&host, "/");
    break;
  }
  const size_t colon = host.rfind(':');
  const bool one_colon = colon != absl::string_view::npos && host.find(':') == colon;
  // If a '/' follows, the colon ends an unknown scheme, not a host.
  const bool has_port = one_colon || absl::StrContains(host, "]:");
  if (!has_port || absl::StrContains(host.substr(colon), '/')) return Parse(host);
  const absl::StatusOr<int> port = ParsePort(host.substr(colon + 1));
  if (!port.ok()) return NotAHost(target, port.status().message());
  return Parse(host.substr(0, colon));
}

absl::StatusOr<HostPattern> HostPattern::Parse(absl::string_view text) {
  HostPattern pattern;
  absl::string_view rest = text;
  const bool wildcard = absl::ConsumePrefix(&rest, "*.");
  const absl::StatusOr<HostName> host = HostName::Parse(rest);
  if (!host.ok()) return host.status();
  if (wildcard && (host->is_address() || !absl::StrContains(host->text(), '.'))) {
    return NotAHost(text, "\"*.\" must precede a name of at least two labels");
  }
  pattern.text_ = absl::StrCat(wildcard ? "*." : "", host->text());
  return pattern;
}

bool HostPattern::Matches(const HostName& host) const {
  if (!is_wildcard()) return text_ == host.text();
  if (host.is_address()) return false;
  const size_t dot = host.text().find('.');
  return dot != std::string::npos && absl::string_view(host.text()).substr(dot) == absl::string_view(text_).substr(1);
}

}  // namespace pinion::x509
