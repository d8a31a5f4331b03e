#include "tools/pinion/drill/http2.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion::drill::http2 {
namespace {

constexpr size_t kFrameHeader = 9;
constexpr size_t kMaxFrame = 1 << 20;
// A gRPC message of no bytes, not compressed.
constexpr absl::string_view kEmptyMessage("\0\0\0\0\0", 5);

// RFC 7541: an indexed field of the static table (§6.1), and literals without indexing (§6.2.2).
constexpr char kStatus200 = '\x88';
constexpr char kMethodPost = '\x83';
constexpr char kSchemeHttps = '\x87';
constexpr absl::string_view kNewName("\0", 1);
constexpr absl::string_view kAuthority = "\x01";
constexpr absl::string_view kPath = "\x04";
constexpr absl::string_view kContentType = "\x0f\x10";

// A string literal without Huffman coding, for fewer than 127 bytes.
std::string Text(absl::string_view text) { return absl::StrCat(std::string(1, static_cast<char>(text.size())), text); }

uint32_t Number(absl::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

std::string Encode(const Frame& frame) {
  const auto size = static_cast<uint32_t>(frame.payload.size());
  std::string bytes;
  for (const int shift : {16, 8, 0}) bytes.push_back(static_cast<char>(size >> shift & 0xff));
  bytes.push_back(static_cast<char>(frame.type));
  bytes.push_back(static_cast<char>(frame.flags));
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(frame.stream >> shift & 0xff));
  return bytes + frame.payload;
}

std::optional<Frame> FrameReader::Next() {
  if (too_long_ || bytes_.size() < kFrameHeader) return std::nullopt;
  const absl::string_view bytes = bytes_;
  const size_t size = Number(bytes.substr(0, 3));
  too_long_ = size > kMaxFrame;
  if (too_long_ || bytes.size() < kFrameHeader + size) return std::nullopt;
  Frame frame;
  frame.type = static_cast<uint8_t>(bytes[3]);
  frame.flags = static_cast<uint8_t>(bytes[4]);
  frame.stream = Number(bytes.substr(5, 4)) & 0x7fffffff;
  frame.payload = std::string(bytes.substr(kFrameHeader, size));
  bytes_.erase(0, kFrameHeader + size);
  return frame;
}

std::string Request(const std::string& path, const std::string& authority) {
  Frame headers = {kHeaders, kEndHeaders, 1, {kMethodPost, kSchemeHttps}};
  absl::StrAppend(&headers.payload, kPath, Text(path), kAuthority, Text(authority), kContentType,
                  Text("application/grpc"), kNewName, Text("te"), Text("trailers"));
  return Encode(headers) + Encode({kData, kEndStream, 1, std::string(kEmptyMessage)});
}

std::string Answer(uint32_t stream) {
  Frame headers = {kHeaders, kEndHeaders, stream, {kStatus200}};
  absl::StrAppend(&headers.payload, kContentType, Text("application/grpc"));
  const Frame trailers = {kHeaders, kEndHeaders | kEndStream, stream,
                          absl::StrCat(kNewName, Text("grpc-status"), Text("0"))};
  return absl::StrCat(Encode(headers), Encode({kData, 0, stream, std::string(kEmptyMessage)}), Encode(trailers));
}

std::string Denial(absl::string_view headers) {
  // Plain and Huffman-coded; the first byte of a value is its length.
  static constexpr absl::string_view kNames[] = {"\x0bgrpc-status", "\x88\x9a\xca\xc8\xb2\x12\x34\xda\x8f"};
  for (const absl::string_view name : kNames) {
    const size_t at = headers.find(name);
    if (at == absl::string_view::npos) continue;
    const absl::string_view value = headers.substr(at + name.size());
    if (absl::StartsWith(value,
                         "\x01"
                         "7") ||
        absl::StartsWith(value, "\x81\x77"))
      return "PERMISSION_DENIED";
    if (absl::StartsWith(value,
                         "\x02"
                         "16") ||
        absl::StartsWith(value, "\x82\x0b\x9f"))
      return "UNAUTHENTICATED";
  }
  return "";
}

}  // namespace pinion::drill::http2
