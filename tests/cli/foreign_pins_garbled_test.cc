// Truncated and garbled texts of each format are either read, or refused with their place.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tools/pinion/foreign_pins/imported.h"

namespace pinion::cli {
namespace {

bool IsPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isprint(c) || c == '\n'; });
}

void ReadOrRefuse(const Format& format, const std::string& text) {
  const absl::StatusOr<ForeignPins> pins = format.parse(text, "f");
  if (!pins.ok()) {
    ASSERT_TRUE(absl::StartsWith(pins.status().message(), "f:")) << pins.status();
    ASSERT_TRUE(IsPrintable(std::string(pins.status().message()))) << pins.status();
    return;
  }
  ImportOptions options;
  if (format.wildcards == Format::Wildcards::kNoHosts) options.host = "a.test";
  const absl::StatusOr<Imported> imported = Import(format, *pins, options);
  ASSERT_TRUE(IsPrintable(imported.ok() ? imported->pin_file : std::string(imported.status().message()))) << text;
  if (!imported.ok()) return;
  for (const std::string& remark : imported->remarks) ASSERT_TRUE(IsPrintable(remark)) << remark;
}

void GarbleAndRead(const Format& format, const std::string& text) {
  const std::string bytes("\0\n\"'<>&;:,.*/\\{}[]()=-kX\x7f\x80\xff", 27);
  for (size_t i = 0; i < text.size(); ++i) {
    ReadOrRefuse(format, text.substr(0, i));
    ReadOrRefuse(format, text.substr(i));
    std::string garbled = text;
    garbled[i] = bytes[i % bytes.size()];
    ReadOrRefuse(format, garbled);
    garbled.insert(i, 1, bytes[i / 2 % bytes.size()]);
    ReadOrRefuse(format, garbled);
  }
}

TEST(GarbledTest, EveryFormatIsReadOrRefused) {
  ForeignPins::Entry entry;
  entry.host = "a.test";
  entry.includes_subdomains = true;
  entry.pins = {{PinKind::kSpki, x509::Sha256("one").value()}, {PinKind::kSpki, x509::Sha256("two").value()}};
  for (const Format& format : Formats()) {
    const std::string text = format.write({entry});
    ASSERT_TRUE(format.parse(text, "f").ok()) << format.name;
    GarbleAndRead(format, text);
  }
}

TEST(GarbledTest, FilesThatHoldMoreThanPinsAreReadOrRefused) {
  const std::string pin(43, 'A');
  const std::pair<const char*, std::string> texts[] = {
      {"okhttp", "/* a */ class A { val b = CertificatePinner.Builder()\n b.add(\"a.test\", // c\n \"sha256/\" + \"" +
                     pin + "=\",)\n .apply { add(\"**.b.test\", \"sha256/" + pin +
                     "=\") }.build(); 'c' \"\"\" d \"\"\" }"},
      {"curl", "# a\nsilent\npinnedpubkey = \"sha256//" + pin + "=\" # b\n"},
      {"hpkp", "add_header Public-Key-Pins 'pin-sha256=\"" + pin + "=\"; max-age=1' always;\n"},
      {"hpkp", "Header always set Public-Key-Pins \"pin-sha256=\\\"" + pin + "=\\\"; max-age=1\" env=A\n"},
      {"android",
       "<network-security-config><domain-config><domain includeSubdomains=\"true\">a.test</domain><pin-set>"
       "<pin digest=\"SHA-256\">" +
           pin +
           "=</pin></pin-set><trustkit-config enforcePinning=\"false\">"
           "<report-uri>a</report-uri></trustkit-config></domain-config><domain-config><domain>b.a.test</domain>"
           "</domain-config></network-security-config>"},
  };
  for (const auto& [name, text] : texts) {
    ASSERT_TRUE(FindFormat(name)->parse(text, "f").ok()) << text << FindFormat(name)->parse(text, "f").status();
    GarbleAndRead(*FindFormat(name), text);
  }
}

}  // namespace
}  // namespace pinion::cli
