// Texts of each format, cut and garbled: read or refused with their place, and nothing else.
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

TEST(GarbledTest, EveryFormatIsReadOrRefused) {
  ForeignPins::Entry entry;
  entry.host = "a.test";
  entry.includes_subdomains = true;
  entry.pins = {{PinKind::kSpki, x509::Sha256("one").value()}, {PinKind::kSpki, x509::Sha256("two").value()}};
  const std::string bytes("\0\n\"'<>&;:,.*/\\{}[]()=-kX\x7f\x80\xff", 27);
  for (const Format& format : Formats()) {
    const std::string text = format.write({entry});
    ASSERT_TRUE(format.parse(text, "f").ok()) << format.name;
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
}

}  // namespace
}  // namespace pinion::cli
