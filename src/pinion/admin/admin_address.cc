#include "pinion/admin/admin_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/base/host_port.h"
#include "pinion/base/printable.h"

namespace pinion {
namespace {

constexpr char kLocalhost[] = "localhost";
constexpr char kLoopback[] = "127.0.0.1";

// Whether the text is an IP address, and whether only this host reaches it.
bool IsAddress(const std::string& text, bool* is_loopback) {
  in_addr v4 = {};
  in6_addr v6 = {};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    *is_loopback = ntohl(v4.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return false;
  *is_loopback = IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  return true;
}

}  // namespace

absl::StatusOr<AdminAddress> ParseAdminAddress(const AdminOptions& options) {
  AdminAddress parsed;
  absl::string_view path = options.address;
  if (absl::ConsumePrefix(&path, "unix:")) {
    parsed.path = std::string(path);
    if (!path.empty() && path.size() < sizeof(sockaddr_un::sun_path)) return parsed;
    return absl::InvalidArgumentError(absl::StrCat("the path of a Unix socket has 1 to ",
                                                   sizeof(sockaddr_un::sun_path) - 1,
                                                   " bytes: ", Printable(options.address)));
  }
  const absl::StatusOr<HostPort> host_port = ParseHostPort(options.address);
  if (!host_port.ok()) return host_port.status();
  parsed.host = host_port->host == kLocalhost ? kLoopback : host_port->host;
  parsed.port = host_port->port;
  if (!IsAddress(parsed.host, &parsed.is_loopback)) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(parsed.host), " is no IP address; give one, localhost, or unix:PATH"));
  }
  if (parsed.is_loopback || options.allow_remote) return parsed;
  return absl::PermissionDeniedError(
      absl::StrCat("other hosts reach ", parsed.host,
                   ", and the admin endpoint has no authentication: give a loopback address or a Unix socket, or allow "
                   "other hosts"));
}

bool IsAddressOrLocalhost(absl::string_view host_header) {
  const absl::StatusOr<HostPort> with_port = ParseHostPort(host_header);
  std::string host = with_port.ok() ? with_port->host : std::string(host_header);
  if (!with_port.ok() && absl::StartsWith(host, "[") && absl::EndsWith(host, "]"))
    host = host.substr(1, host.size() - 2);
  bool is_loopback = false;
  return host == kLocalhost || IsAddress(host, &is_loopback);
}

}  // namespace pinion
