#include "pinion/base/host_port.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"

namespace pinion {
namespace {

constexpr int kMaxPort = 65535;

template <typename... Parts>
absl::Status Refused(absl::string_view text, const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Printable(text), "\" is not HOST:PORT, such as payments.internal:8443 or [::1]:8443: ", parts...));
}

}  // namespace

absl::StatusOr<int> ParsePort(absl::string_view text) {
  int port = 0;
  const bool is_digits = std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (is_digits && absl::SimpleAtoi(text, &port) && port <= kMaxPort) return port;
  return absl::InvalidArgumentError(
      absl::StrCat("the port \"", Printable(text), "\" is not a number from 0 to ", kMaxPort));
}

absl::StatusOr<HostPort> ParseHostPort(absl::string_view text) {
  const bool is_bracketed = absl::StartsWith(text, "[");
  const size_t end = is_bracketed ? text.find(']') : text.rfind(':');
  if (end == absl::string_view::npos) return Refused(text, is_bracketed ? "']' is missing" : "the port is missing");
  const absl::string_view host = is_bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  absl::string_view rest = text.substr(is_bracketed ? end + 1 : end);
  if (host.empty()) return Refused(text, "the host is missing");
  if (!is_bracketed && absl::StrContains(host, ':')) return Refused(text, "an IPv6 address must be in brackets");
  if (host.find_first_of("/[]") != absl::string_view::npos) return Refused(text, "the host is not a name or address");
  if (rest.empty() || rest.front() != ':') return Refused(text, "the port is missing");
  rest.remove_prefix(1);
  const absl::StatusOr<int> port = ParsePort(rest);
  if (!port.ok()) return Refused(text, port.status().message());
  return HostPort{std::string(host), *port};
}

}  // namespace pinion
