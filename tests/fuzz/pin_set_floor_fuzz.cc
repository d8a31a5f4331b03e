// The record of the newest adopted pin set. An input is its text.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/pin/pin_set_floor.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

std::shared_ptr<const PinSet> Set(int64_t version) {
  const std::string a(42, 'A');
  const std::string b(42, 'B');
  return *PinSet::FromJson(
      absl::StrCat(R"({"version": )", version, R"(, "peers": [{"name": "a", "hosts": ["a.test"], )",
                   R"("pins": [{"spki": "sha256/)", a, R"(A=", "state": "ACTIVE"}, )", R"({"spki": "sha256/)", b,
                   R"(A=", "state": "BACKUP"}]}]})"),
      "pins.json");
}

bool IsOkOrKnown(const absl::Status& status) {
  fuzz::RequirePrintable(status.message());
  Require(status.ok() || absl::IsFailedPrecondition(status) || absl::IsUnavailable(status),
          "a refusal has one of two codes", status.ToString());
  return status.ok();
}

bool Check(absl::string_view record) {
  static const std::string folder = [] {
    std::string path = (std::filesystem::temp_directory_path() / "pinion-fuzz-XXXXXX").string();
    if (mkdtemp(&path[0]) == nullptr) std::abort();
    return path;
  }();
  static const auto older = Set(5);
  static const auto newer = Set(6);
  std::ofstream(folder + "/pin_set_floor.json", std::ios::trunc) << record;
  const PinSetFloor floor = {0, 0, 0, folder};
  const absl::Status status = CheckFloor(floor, *newer);
  const bool is_readable = !absl::IsUnavailable(status);
  if (IsOkOrKnown(CheckFloor(floor, *older))) Require(status.ok(), "what accepts an older set accepts a newer one");
  Require(IsOkOrKnown(RaiseFloor(floor, *newer)) == status.ok(), "both functions decide alike");
  if (status.ok()) Require(absl::IsFailedPrecondition(CheckFloor(floor, *older)), "the floor has risen");
  return is_readable;
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::fuzz::CountInput(pinion::Check(absl::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}
