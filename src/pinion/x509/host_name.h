// Host names, with one set of rules for pin files, targets and SANs.
#ifndef PINION_X509_HOST_NAME_H_
#define PINION_X509_HOST_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::x509 {

// A DNS name (lower case, no trailing dot, A-labels only) or an IP address (its 4 or 16 bytes). Immutable.
class HostName {
 public:
  // Parses a name or address without a port; IPv6 with or without brackets. Returns InvalidArgument, with the reason,
  // for other texts: non-ASCII (write A-labels, "xn--…"), empty or overlong labels, or a numeric last label in a text
  // that is not an IPv4 address.
  static absl::StatusOr<HostName> Parse(absl::string_view text);
  // Parses "HOST:PORT", "HOST", "[V6]:PORT", or a gRPC target such as "dns:///HOST:PORT" or "ipv4:1.2.3.4:5".
  static absl::StatusOr<HostName> FromTarget(absl::string_view target);

  // The normalized text.
  const std::string& text() const { return text_; }
  // The address' bytes in network order; empty for a DNS name.
  const std::string& address() const { return address_; }
  bool is_address() const { return !address_.empty(); }

 private:
  std::string text_;
  std::string address_;
};

// A HostName, or "*." before a DNS name of two or more labels, which matches exactly one additional label (RFC 6125
// §6.4.3, without partial labels). Immutable.
class HostPattern {
 public:
  static absl::StatusOr<HostPattern> Parse(absl::string_view text);

  bool Matches(const HostName& host) const;
  const std::string& text() const { return text_; }
  bool is_wildcard() const { return text_.front() == '*'; }

 private:
  std::string text_;  // normalised; addresses as HostName::text() has them
};

}  // namespace pinion::x509

#endif  // PINION_X509_HOST_NAME_H_
