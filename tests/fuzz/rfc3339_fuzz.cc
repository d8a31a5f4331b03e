// Times and their written form. An input is a text; its first bytes are also a time that is written and changed.
#include <cstdint>
#include <string>

#include "pinion/base/rfc3339.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/invariant.h"

namespace pinion::json {
namespace {

using fuzz::Require;

bool Check(const std::string& text) {
  const std::optional<absl::Time> time = ParseRfc3339(text);
  if (!time.has_value()) return false;
  Require(text.find_first_not_of("0123456789-+:.TZz") == std::string::npos, "a time has only these characters", text);
  const std::optional<absl::Time> again = ParseRfc3339(FormatRfc3339(*time));
  // A zone may move it beyond the years of four digits.
  const bool has_four_digits = FormatRfc3339(*time).size() == 20;
  Require(!has_four_digits || (again.has_value() && *again <= *time && *time < *again + absl::Seconds(1)),
          "written in whole seconds, it is the same second", text);
  return true;
}

}  // namespace
}  // namespace pinion::json

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::fuzz::Choices choices(data, size);
  pinion::json::Check(std::string(reinterpret_cast<const char*>(data), size));
  // Within the years 0 to 9999.
  uint64_t number = 0;
  for (int i = 0; i < 6; ++i) number = number << 8 | choices.Byte();
  const absl::Time time = absl::FromUnixSeconds(static_cast<int64_t>(number % 315537897600) - 62135596800);
  std::string text = pinion::FormatRfc3339(time);
  const std::optional<absl::Time> again = pinion::ParseRfc3339(text);
  pinion::fuzz::Require(again.has_value() && *again == time, "a time is read back unchanged", text);
  const size_t at = choices.Below(text.size());
  text.replace(at, choices.Below(3), choices.Text(choices.Below(8)));
  pinion::fuzz::CountInput(pinion::json::Check(text));
  return 0;
}
