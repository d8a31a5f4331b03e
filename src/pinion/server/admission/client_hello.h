// The first bytes of a connection to a TLS server, looked at before OpenSSL reads them. Pure functions; nothing here
// decides whether a handshake is accepted. Private to server/admission/.
#ifndef PINION_SERVER_ADMISSION_CLIENT_HELLO_H_
#define PINION_SERVER_ADMISSION_CLIENT_HELLO_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace pinion {

// No more bytes than this are waited for. A longer ClientHello (a large resumption ticket) counts as complete once this
// much of it has arrived.
inline constexpr size_t kMostHelloBytes = 16384;

struct FirstBytes {
  enum class Kind { kIncomplete, kClientHello, kNotTls };
  Kind kind = Kind::kIncomplete;
  // While incomplete: how many bytes to wait for before looking again.
  size_t needed = 0;
};

// What `bytes`, from the beginning of the connection, are: a TLS record (RFC 8446 §5.1) with a ClientHello (§4.1.2), a
// part of one, or neither. A first record that is too short to hold the length of its ClientHello is not TLS.
FirstBytes LookAtFirstBytes(absl::string_view bytes);

// Whether a complete ClientHello offers "h2" by ALPN (RFC 7301); empty where it cannot be read, as when it continues in
// a second record.
std::optional<bool> OffersHttp2(absl::string_view bytes);

// What a connection that is not TLS begins with, for a person: "an HTTP request", "HTTP/2 without TLS", or its bytes in
// hexadecimal.
std::string DescribeNotTls(absl::string_view bytes);

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_CLIENT_HELLO_H_
