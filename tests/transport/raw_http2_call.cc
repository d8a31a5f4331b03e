#include "tests/transport/raw_http2_call.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pinion::testing {
namespace {

// RFC 9113 §3.4, §4.1, §6.
constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kFrameHeader = 9;
constexpr size_t kMaxFrame = 16384;
constexpr char kData = 0;
constexpr char kHeaders = 1;
constexpr char kReset = 3;
constexpr char kSettings = 4;
constexpr char kGoAway = 7;
constexpr char kContinuation = 9;
constexpr char kEndStream = 1;
constexpr char kEndHeaders = 4;

std::string Frame(char type, int flags, uint32_t stream, absl::string_view payload) {
  const auto byte = [](size_t value, int shift) { return static_cast<char>((value >> shift) & 0xff); };
  const size_t size = payload.size();
  std::string frame = {byte(size, 16), byte(size, 8), byte(size, 0), type, static_cast<char>(flags)};
  for (const int shift : {24, 16, 8, 0}) frame.push_back(byte(stream, shift));
  return absl::StrCat(frame, payload);
}

// A string literal without Huffman coding (RFC 7541 §5).
std::string Literal(const std::string& text) {
  constexpr size_t kPrefix = 127;
  std::string out(1, static_cast<char>(std::min(text.size(), kPrefix)));
  if (text.size() >= kPrefix) {
    size_t rest = text.size() - kPrefix;
    for (; rest >= 128; rest /= 128) out.push_back(static_cast<char>(rest % 128 + 128));
    out.push_back(static_cast<char>(rest));
  }
  return out + text;
}

std::string HeaderFrames(const RawHeaders& headers) {
  std::string block;
  for (const auto& [key, value] : headers) {
    block.push_back('\0');  // a literal without indexing, with a literal name
    block += Literal(key) + Literal(value);
  }
  std::string frames;
  for (size_t at = 0; at == 0 || at < block.size(); at += kMaxFrame) {
    const bool last = at + kMaxFrame >= block.size();
    frames += Frame(at == 0 ? kHeaders : kContinuation, last ? kEndHeaders : 0, 1,
                    absl::string_view(block).substr(at, kMaxFrame));
  }
  return frames;
}

bool Begin(RawTlsConnection& connection, const RawHeaders& headers, int flags) {
  const std::string empty_message(5, '\0');  // not compressed, no bytes
  return connection.Send(
      absl::StrCat(kPreface, Frame(kSettings, 0, 0, ""), HeaderFrames(headers), Frame(kData, flags, 1, empty_message)));
}

// Reads one frame; true if it was the last of the call.
bool ReadFrame(RawTlsConnection& connection, RawAnswer* answer) {
  Served why = Served::kNo;
  const std::optional<std::string> head = connection.Receive(kFrameHeader, &why);
  std::optional<std::string> payload;
  if (head.has_value()) {
    const auto byte = [&head](size_t at) { return static_cast<unsigned char>((*head)[at]); };
    payload = connection.Receive(size_t{byte(0)} << 16 | size_t{byte(1)} << 8 | size_t{byte(2)}, &why);
  }
  if (!payload.has_value()) {
    answer->end = why == Served::kTimedOut ? CallEnd::kSilent : CallEnd::kClosed;
    return true;
  }
  const char type = (*head)[3];
  if (type == kHeaders || type == kData) answer->bytes += *payload;
  if (type == kReset) answer->end = CallEnd::kReset;
  if (type == kGoAway) answer->end = CallEnd::kGoAway;
  const bool ends = type == kHeaders && ((*head)[4] & kEndStream) != 0;
  if (ends) answer->end = CallEnd::kHeaders;
  return ends || type == kReset || type == kGoAway;
}

}  // namespace

RawAnswer CallRaw(RawTlsClient& client, int port, const RawHeaders& headers) {
  const std::unique_ptr<RawTlsConnection> connection = client.Open(port);
  RawAnswer answer;
  answer.end = CallEnd::kClosed;
  if (connection == nullptr) return answer;
  Begin(*connection, headers, kEndStream);
  while (!ReadFrame(*connection, &answer)) {
  }
  return answer;
}

bool BeginRaw(RawTlsConnection& connection, const RawHeaders& headers) {
  if (!Begin(connection, headers, 0)) return false;
  RawAnswer answer;
  while (answer.bytes.empty()) {
    if (ReadFrame(connection, &answer)) return false;
  }
  return true;
}

}  // namespace pinion::testing
