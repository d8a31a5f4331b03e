// What is known of a call before its handler runs: what a policy decides by.
#ifndef PINION_AUTHORIZATION_CALL_H_
#define PINION_AUTHORIZATION_CALL_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pinion {

// Views into what the transport keeps while it asks: valid as long as that lasts, and not after.
struct CallToAuthorize {
  // As it came: "/package.Service/Method" where the peer behaves.
  absl::string_view path;
  // The peer's identity, from its verified certificate.
  std::vector<absl::string_view> uri_sans;
  std::vector<absl::string_view> dns_sans;
  absl::string_view subject;  // RFC 2253
  // The value of a header by its lower-case key; where it came several times, the values joined by commas. Never null.
  std::function<std::optional<std::string>(absl::string_view key)> header;
  // The names of the pin set's peers that the certificate is one of, by identity or host; views valid as long as this
  // function. Asked by policies with "peer:" principals and for the audit; the same each time within a call. More than
  // one means that the certificate contradicts the pin set. Null means not known: deny rules with such principals
  // match, allow rules don't.
  std::function<std::vector<absl::string_view>()> peers;
  // As AuditEvent::pin. Asked for the audit only; null means not known.
  std::function<std::string()> pin;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_CALL_H_
