// The attributes of a call that are known before its handler runs and that a policy can evaluate.
#ifndef PINION_AUTHORIZATION_CALL_H_
#define PINION_AUTHORIZATION_CALL_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pinion {

// The peers of the pin set that a caller belongs to.
struct CallerPeers {
  // The peers that the names in its certificate belong to; valid as long as the function that returned them. More than
  // one means that the certificate contradicts the pin set.
  std::vector<absl::string_view> names;
  // Whether only keys that matched a pin of that peer can have made the call. Allow rules match no other caller; deny
  // rules match by the names alone.
  bool are_proven = false;
};

// Views into memory of the transport, valid during the decision only.
struct CallToAuthorize {
  // As received: "/package.Service/Method" from a well-behaved client.
  absl::string_view path;
  // The peer's identity, from its verified certificate.
  std::vector<absl::string_view> uri_sans;
  std::vector<absl::string_view> dns_sans;
  absl::string_view subject;  // RFC 2253
  // Returns the value of a header by its lower-case key; if the header occurs several times, its values joined by
  // commas. Never null.
  std::function<std::optional<std::string>(absl::string_view key)> header;
  // Whether a header has a name or value that HTTP/2 forbids, such as a name with upper-case letters (header_form.h).
  // Null means that there is none.
  std::function<bool()> has_malformed_header;
  // Whether the call's messages may be compressed, so that a short one becomes long. Null means that they are not.
  std::function<bool()> is_compressed;
  // Used by policies with "peer:" principals and by the audit; returns the same each time within a call. Null means
  // unknown: deny rules with such principals match, allow rules do not.
  std::function<CallerPeers()> peers;
  // See AuditEvent::pin. Used by the audit only; null means unknown.
  std::function<std::string()> pin;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_CALL_H_
