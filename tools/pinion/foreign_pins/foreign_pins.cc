#include "tools/pinion/foreign_pins/foreign_pins.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/pinion/foreign_pins/formats.h"

namespace pinion::cli {

const std::vector<Format>& Formats() {
  using Wildcards = Format::Wildcards;
  static const auto* const formats = new std::vector<Format>{
      {"android", "Android's network-security-config", Wildcards::kSubdomains, true, 1, nullptr, ParseAndroid,
       WriteAndroid},
      {"apple", "Apple's NSPinnedDomains", Wildcards::kSubdomains, false, 1, nullptr, ParseApple, WriteApple},
      {"curl", "curl's --pinnedpubkey", Wildcards::kNoHosts, false, 1, nullptr, ParseCurl, WriteCurl},
      {"envoy", "Envoy's verify_certificate_spki", Wildcards::kNoHosts, false, 1,
       "set trusted_ca beside it: pins alone do not make Envoy check the path to a CA", ParseEnvoy, WriteEnvoy},
      {"hpkp", "the Public-Key-Pins header", Wildcards::kNoHosts, true, 2,
       "max-age is 60 days, for the header needs one: browsers forget the pins after it", ParseHpkp, WriteHpkp},
      {"okhttp", "OkHttp's CertificatePinner", Wildcards::kOneLabel, true, 1, nullptr, ParseOkHttp, WriteOkHttp},
      {"trustkit", "TrustKit's TSKPinnedDomains", Wildcards::kSubdomains, true, 2, nullptr, ParseTrustKit,
       WriteTrustKit},
  };
  return *formats;
}

const Format* FindFormat(absl::string_view name) {
  const auto found =
      std::find_if(Formats().begin(), Formats().end(), [name](const Format& format) { return format.name == name; });
  return found == Formats().end() ? nullptr : &*found;
}

std::string BareBase64(const Pin& pin) {
  return std::string(absl::StripPrefix(x509::ToPinText(pin.digest), "sha256/"));
}

absl::StatusOr<Pin> FromBareBase64(absl::string_view base64) {
  const absl::StatusOr<x509::Sha256Digest> digest = x509::FromPinText(absl::StrCat("sha256/", base64));
  if (digest.ok()) return Pin{PinKind::kSpki, *digest};
  return absl::InvalidArgumentError(
      absl::StrCat("not the base64 of a SHA-256 digest: \"", absl::CHexEscape(base64.substr(0, 80)), "\""));
}

absl::Status ErrorAtOffset(absl::string_view text, absl::string_view file, size_t offset, absl::string_view message) {
  const absl::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  const size_t column = newline == absl::string_view::npos ? before.size() + 1 : before.size() - newline;
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":", std::count(before.begin(), before.end(), '\n') + 1, ":", column, ": ", message));
}

}  // namespace pinion::cli
