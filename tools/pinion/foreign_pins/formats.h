// The parsers and writers of the formats: see Format::parse and Format::write. Private to foreign_pins/.
#ifndef PINION_TOOLS_PINION_FOREIGN_PINS_FORMATS_H_
#define PINION_TOOLS_PINION_FOREIGN_PINS_FORMATS_H_

#include <string>
#include <vector>

#include "tools/pinion/foreign_pins/foreign_pins.h"

namespace pinion::cli {

// Android's network-security-config: https://developer.android.com/privacy-and-security/security-config
// TrustKit-Android's elements in it are recognized.
absl::StatusOr<ForeignPins> ParseAndroid(absl::string_view text, absl::string_view file);
std::string WriteAndroid(const std::vector<ForeignPins::Entry>& entries);

// NSPinnedDomains in an app's Info.plist, as XML.
absl::StatusOr<ForeignPins> ParseApple(absl::string_view text, absl::string_view file);
std::string WriteApple(const std::vector<ForeignPins::Entry>& entries);

// The value of curl's --pinnedpubkey, with or without the option before it, or the lines of a .curlrc.
absl::StatusOr<ForeignPins> ParseCurl(absl::string_view text, absl::string_view file);
std::string WriteCurl(const std::vector<ForeignPins::Entry>& entries);

// verify_certificate_spki of an Envoy validation context, in JSON.
absl::StatusOr<ForeignPins> ParseEnvoy(absl::string_view text, absl::string_view file);
std::string WriteEnvoy(const std::vector<ForeignPins::Entry>& entries);

// The Public-Key-Pins header of RFC 7469, with or without its name, or as a directive of nginx or Apache.
absl::StatusOr<ForeignPins> ParseHpkp(absl::string_view text, absl::string_view file);
std::string WriteHpkp(const std::vector<ForeignPins::Entry>& entries);

// Java or Kotlin source text: the pins added to each CertificatePinner.Builder() in it, or only .add(...) lines.
absl::StatusOr<ForeignPins> ParseOkHttp(absl::string_view text, absl::string_view file);
std::string WriteOkHttp(const std::vector<ForeignPins::Entry>& entries);

// TSKPinnedDomains in an app's Info.plist, as XML.
absl::StatusOr<ForeignPins> ParseTrustKit(absl::string_view text, absl::string_view file);
std::string WriteTrustKit(const std::vector<ForeignPins::Entry>& entries);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FOREIGN_PINS_FORMATS_H_
