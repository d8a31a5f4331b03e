#include "pinion/server/admission/client_hello.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

constexpr size_t kRecordHeader = 5;
constexpr size_t kMessageHeader = 4;
constexpr size_t kMaxRecord = 16384;
constexpr size_t kVersion = 2;
constexpr size_t kRandom = 32;
constexpr size_t kExtensionAlpn = 16;

// Reads big-endian numbers and length-prefixed vectors (RFC 8446 §3). After a read beyond the end, all reads return
// nothing.
class Cursor {
 public:
  explicit Cursor(absl::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }

  absl::string_view Bytes(size_t count) {
    ok_ = ok_ && count <= rest_.size();
    const absl::string_view bytes = ok_ ? rest_.substr(0, count) : absl::string_view();
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  size_t Number(size_t width) {
    size_t number = 0;
    for (const char byte : Bytes(width)) number = number << 8 | static_cast<uint8_t>(byte);
    return number;
  }
  absl::string_view Vector(size_t width) { return Bytes(Number(width)); }

 private:
  absl::string_view rest_;
  bool ok_ = true;
};

// Whether the bytes that have arrived may be the beginning of a ClientHello.
bool MayBeClientHello(absl::string_view bytes) {
  constexpr std::array<size_t, 3> kPlaces = {0, 1, kRecordHeader};
  constexpr absl::string_view kValues("\x16\x03\x01", 3);  // a handshake record, of TLS; a ClientHello
  for (size_t i = 0; i < kPlaces.size(); ++i) {
    if (bytes.size() > kPlaces[i] && bytes[kPlaces[i]] != kValues[i]) return false;
  }
  return true;
}

}  // namespace

FirstBytes LookAtFirstBytes(absl::string_view bytes) {
  constexpr size_t kHeaders = kRecordHeader + kMessageHeader;
  if (!MayBeClientHello(bytes)) return {FirstBytes::Kind::kNotTls};
  if (bytes.size() < kRecordHeader) return {FirstBytes::Kind::kIncomplete, kRecordHeader};
  const size_t record = Cursor(bytes.substr(3)).Number(2);
  if (record < kMessageHeader || record > kMaxRecord) return {FirstBytes::Kind::kNotTls};
  if (bytes.size() < kHeaders) return {FirstBytes::Kind::kIncomplete, kHeaders};
  const size_t message = kMessageHeader + Cursor(bytes.substr(kRecordHeader + 1)).Number(3);
  // A part that does not fit into the first record is preceded by another header.
  const size_t whole = message <= record ? kRecordHeader + record : 2 * kRecordHeader + message;
  const size_t needed = std::min(whole, kMostHelloBytes);
  return bytes.size() < needed ? FirstBytes{FirstBytes::Kind::kIncomplete, needed}
                               : FirstBytes{FirstBytes::Kind::kClientHello};
}

std::string ClientRandom(absl::string_view bytes) {
  Cursor connection(bytes);
  connection.Bytes(3);  // type, version
  const size_t record = connection.Number(2);
  Cursor hello(connection.Bytes(std::min(record, kMessageHeader + kVersion + kRandom)));
  hello.Bytes(kMessageHeader + kVersion);
  const absl::string_view random = hello.Bytes(kRandom);
  return random.find_first_not_of('\0') == absl::string_view::npos ? "" : std::string(random);
}

std::optional<bool> OffersHttp2(absl::string_view bytes) {
  Cursor record(bytes);
  record.Bytes(3);
  Cursor message(record.Vector(2));
  message.Bytes(1);
  Cursor hello(message.Vector(3));
  hello.Bytes(kVersion + kRandom);
  hello.Vector(1);  // session
  hello.Vector(2);  // suites
  hello.Vector(1);  // compressions
  if (!hello.ok()) return std::nullopt;
  if (hello.empty()) return false;
  Cursor extensions(hello.Vector(2));
  while (hello.ok() && extensions.ok() && !extensions.empty()) {
    const size_t type = extensions.Number(2);
    Cursor body(extensions.Vector(2));
    if (type != kExtensionAlpn) continue;
    Cursor names(body.Vector(2));
    while (body.ok() && names.ok() && !names.empty()) {
      if (names.Vector(1) == "h2") return true;
    }
    return body.ok() && names.ok() ? std::optional<bool>(false) : std::nullopt;
  }
  return hello.ok() && extensions.ok() ? std::optional<bool>(false) : std::nullopt;
}

std::string DescribeNotTls(absl::string_view bytes) {
  constexpr size_t kShown = 16;
  if (absl::StartsWith(bytes, "PRI * HTTP/2")) return "HTTP/2 without TLS";
  for (const char* method : {"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH "}) {
    if (absl::StartsWith(bytes, method)) return "an HTTP request without TLS";
  }
  return absl::StrCat("the bytes ", absl::BytesToHexString(bytes.substr(0, kShown)));
}

}  // namespace pinion
