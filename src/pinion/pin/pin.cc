#include "pinion/pin/pin.h"

#include "absl/strings/str_cat.h"
#include "pinion/json/rfc3339.h"

namespace pinion {
std::string ToString(const Pin& pin) {
  const std::string text = x509::ToPinText(pin.digest);
  switch (pin.kind) {
    case PinKind::kSpki:
      return text;
    case PinKind::kCertificate:
      return "certificate " + text;
    case PinKind::kIssuerSpki:
      return "issuerSpki " + text;
  }
  return text;
}

std::string ToString(const PeerPin& pin) {
  std::string text = absl::StrCat(ToString(pin.pin), " (", v1::PinState_Name(pin.state));
  if (pin.not_before != absl::InfinitePast()) absl::StrAppend(&text, ", from ", json::FormatRfc3339(pin.not_before));
  if (pin.not_after != absl::InfiniteFuture()) absl::StrAppend(&text, ", until ", json::FormatRfc3339(pin.not_after));
  return text + ")";
}

}  // namespace pinion
