#include "pinion/pin/pin.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"

namespace pinion {

namespace {

// The range of 7 bytes, about a million years.
constexpr int64_t kMax = (int64_t{1} << 55) - 1;
constexpr int64_t kMin = -kMax - 1;

}  // namespace

PinTime::PinTime(absl::Time time) : milliseconds_() {
  int64_t count = time == absl::InfinitePast()     ? kMin
                  : time == absl::InfiniteFuture() ? kMax
                                                   : std::clamp(absl::ToUnixMillis(time), kMin, kMax);
  for (uint8_t& byte : milliseconds_) {
    byte = static_cast<uint8_t>(count & 0xff);
    count >>= 8;
  }
}

PinTime::operator absl::Time() const {
  uint64_t bits = 0;
  for (size_t i = 0; i < milliseconds_.size(); ++i) bits |= uint64_t{milliseconds_[i]} << (8 * i);
  constexpr uint64_t kSign = uint64_t{1} << 55;
  const int64_t count = static_cast<int64_t>(bits ^ kSign) - static_cast<int64_t>(kSign);
  if (count == kMin) return absl::InfinitePast();
  return count == kMax ? absl::InfiniteFuture() : absl::FromUnixMillis(count);
}

std::string ToString(const Pin& pin) {
  const std::string text = x509::ToPinText(pin.digest);
  switch (pin.kind) {
    case PinKind::kSpki:
      return text;
    case PinKind::kCertificate:
      return "certificate " + text;
    case PinKind::kIssuerSpki:
      return "issuer_spki " + text;
  }
  return text;
}

std::string ToString(const PeerPin& pin) {
  std::string text = absl::StrCat(ToString(pin.pin), " (", ToString(pin.state));
  if (pin.not_before != absl::InfinitePast()) absl::StrAppend(&text, ", from ", FormatRfc3339(pin.not_before));
  if (pin.not_after != absl::InfiniteFuture()) absl::StrAppend(&text, ", until ", FormatRfc3339(pin.not_after));
  return text + ")";
}

}  // namespace pinion
