#include "pinion/client/channel_target.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "pinion/base/host_port.h"
#include "pinion/x509/host_name.h"

namespace pinion {
namespace {

constexpr absl::string_view kDns = "dns:";
constexpr size_t kIpv4Bytes = 4;
constexpr size_t kIpv6Bytes = 16;

// The schemes that gRPC has resolvers for, or may have. Before a colon, these are not host names.
constexpr absl::string_view kSchemes[] = {"dns:",        "ipv4:",          "ipv6:",
                                          "unix:",       "unix-abstract:", "vsock:",
                                          "xds:",        "google-c2p:",    "google-c2p-experimental:",
                                          "passthrough:"};

absl::Status Unsupported(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "target \"", absl::CHexEscape(text.substr(0, 253)), "\": ", why,
      "; Pinion connects to HOST:PORT, dns:///HOST:PORT, ipv4:ADDRESS:PORT and ipv6:[ADDRESS]:PORT, since only TCP "
      "connections can be closed when a key is revoked"));
}

bool IsPort(absl::string_view text) {
  const absl::StatusOr<int> port = ParsePort(text);
  return port.ok() && *port >= 1;
}

// HOST:PORT, or HOST alone if the port is optional.
absl::StatusOr<x509::HostName> ParseEndpoint(absl::string_view text, bool wants_port) {
  const size_t colon = text.rfind(':');
  const bool has_port =
      colon != absl::string_view::npos &&
      (text.find(':') == colon || (colon > 0 && absl::StartsWith(text, "[") && text[colon - 1] == ']'));
  if (has_port && !IsPort(text.substr(colon + 1))) return absl::InvalidArgumentError("its port is not 1 to 65535");
  if (!has_port && wants_port) return absl::InvalidArgumentError("it has no port");
  return x509::HostName::Parse(has_port ? text.substr(0, colon) : text);
}

absl::StatusOr<ChannelTarget> ParseDns(absl::string_view whole, absl::string_view rest) {
  if (absl::ConsumePrefix(&rest, "//")) {
    const size_t slash = rest.find('/');
    if (slash == absl::string_view::npos) return Unsupported(whole, "no host follows dns://SERVER/");
    const absl::string_view server = rest.substr(0, slash);
    if (!server.empty() && !ParseEndpoint(server, /*wants_port=*/false).ok()) {
      return Unsupported(whole, "the DNS server is not HOST or HOST:PORT");
    }
    rest.remove_prefix(slash + 1);
  }
  const absl::StatusOr<x509::HostName> host = ParseEndpoint(rest, /*wants_port=*/false);
  if (!host.ok()) return Unsupported(whole, host.status().message());
  return ChannelTarget{std::string(whole), /*is_list=*/false};
}

absl::StatusOr<ChannelTarget> ParseAddresses(absl::string_view whole, absl::string_view rest, size_t bytes) {
  absl::ConsumePrefix(&rest, "///");
  const std::vector<absl::string_view> addresses = absl::StrSplit(rest, ',');
  for (const absl::string_view address : addresses) {
    const absl::StatusOr<x509::HostName> host = ParseEndpoint(address, /*wants_port=*/true);
    if (!host.ok()) return Unsupported(whole, host.status().message());
    if (host->address().size() != bytes) {
      return Unsupported(whole, bytes == kIpv4Bytes ? "it is not an IPv4 address" : "it is not an IPv6 address");
    }
  }
  return ChannelTarget{std::string(whole), addresses.size() > 1};
}

}  // namespace

absl::StatusOr<ChannelTarget> ChannelTarget::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, kDns)) return ParseDns(text, rest);
  if (absl::ConsumePrefix(&rest, "ipv4:")) return ParseAddresses(text, rest, kIpv4Bytes);
  if (absl::ConsumePrefix(&rest, "ipv6:")) return ParseAddresses(text, rest, kIpv6Bytes);
  for (const absl::string_view scheme : kSchemes) {
    if (absl::StartsWithIgnoreCase(text, scheme)) {
      return Unsupported(text, absl::StrCat("the scheme \"", text.substr(0, scheme.size() - 1), "\" is not supported"));
    }
  }
  const absl::StatusOr<x509::HostName> host = ParseEndpoint(text, /*wants_port=*/false);
  if (!host.ok()) return Unsupported(text, host.status().message());
  return ChannelTarget{absl::StrCat(kDns, "///", text), /*is_list=*/false};
}

}  // namespace pinion
