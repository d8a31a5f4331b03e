// A call with exactly these headers, over bare HTTP/2: what no gRPC client would send.
#ifndef PINION_TESTS_TRANSPORT_RAW_HTTP2_CALL_H_
#define PINION_TESTS_TRANSPORT_RAW_HTTP2_CALL_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/raw_tls_client.h"

namespace pinion::testing {

using RawHeaders = std::vector<std::pair<std::string, std::string>>;

// How the server ended the call, or the connection under it.
enum class CallEnd {
  kHeaders,  // response headers or trailers that end the stream
  kReset,    // RST_STREAM
  kGoAway,   // GOAWAY
  kClosed,   // no more than a closed connection
  kSilent,   // nothing for ten seconds
};

struct RawAnswer {
  CallEnd end = CallEnd::kSilent;
  // The payloads of the HEADERS and DATA frames, as they came. gRPC writes texts without Huffman coding, so they can be
  // searched.
  std::string bytes;
};

// On a connection of its own: the headers in this order, uncompressed (RFC 7541 §6.2.2), then one empty message.
RawAnswer CallRaw(RawTlsClient& client, int port, const RawHeaders& headers);

// Begins a call with these headers on a new connection, and sends one empty message. Returns whether the server has
// answered with headers, which leave the call open.
bool BeginRaw(RawTlsConnection& connection, const RawHeaders& headers);

}  // namespace pinion::testing

#endif  // PINION_TESTS_TRANSPORT_RAW_HTTP2_CALL_H_
