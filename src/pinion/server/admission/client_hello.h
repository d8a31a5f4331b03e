// Inspects the first bytes of a connection to a TLS server before OpenSSL reads them. These are pure functions; they do
// not decide whether a handshake is accepted. Private to server/admission/.
#ifndef PINION_SERVER_ADMISSION_CLIENT_HELLO_H_
#define PINION_SERVER_ADMISSION_CLIENT_HELLO_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// The maximum number of bytes to wait for. A longer ClientHello (for example, with a large resumption ticket) counts as
// complete once this many bytes have arrived.
inline constexpr size_t kMostHelloBytes = 16384;

struct FirstBytes {
  enum class Kind { kIncomplete, kClientHello, kNotTls };
  Kind kind = Kind::kIncomplete;
  // If incomplete: the number of bytes to wait for before the next check.
  size_t needed = 0;
};

// Classifies `bytes`, the beginning of the connection: a TLS record (RFC 8446 §5.1) with a ClientHello (§4.1.2), a part
// of one, or neither. A first record that is too short for the length field of its ClientHello does not count as TLS.
FirstBytes LookAtFirstBytes(absl::string_view bytes);

// The random of a ClientHello, 32 bytes; empty if its first record ends before, or if all bytes are zero, which no
// client's generator returns.
std::string ClientRandom(absl::string_view bytes);

// Whether a complete ClientHello offers "h2" by ALPN (RFC 7301); empty if it cannot be parsed, for example if it
// continues in a second record.
std::optional<bool> OffersHttp2(absl::string_view bytes);

// Describes the beginning of a connection that is not TLS, for operators: "an HTTP request without TLS", "HTTP/2
// without TLS", or its bytes in hexadecimal.
std::string DescribeNotTls(absl::string_view bytes);

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_CLIENT_HELLO_H_
