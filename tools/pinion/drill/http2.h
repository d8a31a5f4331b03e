// The part of HTTP/2 (RFC 9113) that a request and an answer need: frames, and one call in gRPC's form.
#ifndef PINION_TOOLS_PINION_DRILL_HTTP2_H_
#define PINION_TOOLS_PINION_DRILL_HTTP2_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace pinion::drill::http2 {

// The client connection preface, which precedes the first frame.
inline constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum FrameType : uint8_t { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7 };
inline constexpr uint8_t kAck = 1;  // of SETTINGS and PING
inline constexpr uint8_t kEndStream = 1;
inline constexpr uint8_t kEndHeaders = 4;

struct Frame {
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string payload;
};

std::string Encode(const Frame& frame);

// Splits a byte stream into frames. Not thread-safe.
class FrameReader {
 public:
  void Add(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }
  // The next complete frame. None if it has not arrived yet; always none once too_long().
  std::optional<Frame> Next();
  // The peer has sent a frame that exceeds the size limit.
  bool too_long() const { return too_long_; }

 private:
  std::string bytes_;
  bool too_long_ = false;
};

// A call: its headers and one empty message, on stream 1.
std::string Request(const std::string& path, const std::string& authority);
// The answer on a stream: one empty message, which is valid for any protobuf type, and the status OK.
std::string Answer(uint32_t stream);

// "PERMISSION_DENIED" or "UNAUTHENTICATED" if a header block, encoded as servers do on a new connection, has one of
// these as its grpc-status: the server denies this caller, not just this call. Otherwise empty.
std::string Denial(absl::string_view headers);

}  // namespace pinion::drill::http2

#endif  // PINION_TOOLS_PINION_DRILL_HTTP2_H_
