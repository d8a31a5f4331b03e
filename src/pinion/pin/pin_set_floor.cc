#include "pinion/pin/pin_set_floor.h"

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/json/strict.h"
#include "pinion/v1/pin_set_floor.pb.h"

namespace pinion {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr mode_t kReadByAll = 0644;
constexpr size_t kHexDigits = 64;

std::string FileIn(const std::string& state_dir) { return absl::StrCat(state_dir, "/pin_set_floor.json"); }

std::string ContentOf(const PinSet& pin_set) {
  const x509::Sha256Digest& content = pin_set.content();
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(content.data()), content.size()));
}

absl::Status Unreadable(const absl::Status& error, const std::string& file) {
  return absl::UnavailableError(absl::StrCat(error.message(),
                                             "; this file says which pin set was adopted last: restore it, or delete ",
                                             Printable(file), " to adopt any pin set"));
}

// Version 0 if there is no file yet.
absl::StatusOr<v1::PinSetFloor> ReadRecord(const std::string& file) {
  v1::PinSetFloor recorded;
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (absl::IsNotFound(text.status())) return recorded;
  if (!text.ok()) return Unreadable(text.status(), file);
  if (absl::Status status = json::Parse(*text, file, &recorded); !status.ok()) return Unreadable(status, file);
  if (recorded.version() < 1 || recorded.content_sha256().size() != kHexDigits) {
    return Unreadable(json::ErrorAt(*text, file, "version", "a version of at least 1 and a digest are required"), file);
  }
  return recorded;
}

absl::Status Compare(const PinSet& pin_set, const v1::PinSetFloor& recorded, const std::string& file) {
  if (pin_set.version() > recorded.version()) return absl::OkStatus();
  if (pin_set.version() == recorded.version() && ContentOf(pin_set) == recorded.content_sha256()) {
    return absl::OkStatus();
  }
  const bool is_older = pin_set.version() < recorded.version();
  return absl::FailedPreconditionError(absl::StrCat(
      "version ", pin_set.version(), is_older ? " is older than version " : " has other contents than the version ",
      recorded.version(), " that was adopted before, according to ", Printable(file),
      "; raise the version with every change, or delete that file to adopt any pin set"));
}

absl::Status CheckMinimum(const PinSetFloor& floor, const PinSet& pin_set) {
  if (pin_set.version() >= floor.minimum_version) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("version ", pin_set.version(), " is older than version ",
                                                    floor.minimum_version,
                                                    ", which the configuration requires (minimum_version)"));
}

}  // namespace

absl::Status CheckFloor(const PinSetFloor& floor, const PinSet& pin_set) {
  if (absl::Status status = CheckMinimum(floor, pin_set); !status.ok()) return status;
  if (floor.state_dir.empty()) return absl::OkStatus();
  const std::string file = FileIn(floor.state_dir);
  const absl::StatusOr<v1::PinSetFloor> recorded = ReadRecord(file);
  return recorded.ok() ? Compare(pin_set, *recorded, file) : recorded.status();
}

absl::Status RaiseFloor(const PinSetFloor& floor, const PinSet& pin_set) {
  if (absl::Status status = CheckMinimum(floor, pin_set); !status.ok()) return status;
  if (floor.state_dir.empty()) return absl::OkStatus();
  const std::string file = FileIn(floor.state_dir);
  const absl::StatusOr<FileLock> lock = FileLock::OnFolderOf(file, kPatience);
  if (!lock.ok()) return absl::UnavailableError(absl::StrCat("state_dir: ", lock.status().message()));
  const absl::StatusOr<v1::PinSetFloor> recorded = ReadRecord(file);
  if (!recorded.ok()) return recorded.status();
  if (absl::Status status = Compare(pin_set, *recorded, file); !status.ok()) return status;
  if (pin_set.version() == recorded->version()) return absl::OkStatus();
  const std::string text = absl::StrCat(R"({"version": )", pin_set.version(), R"(, "content_sha256": ")",
                                        ContentOf(pin_set), "\"}\n");
  const absl::StatusOr<WrittenFile> written = ReplaceFile(file, text, {kReadByAll, std::nullopt, /*is_durable=*/true});
  return written.ok() ? absl::OkStatus() : absl::UnavailableError(written.status().message());
}

}  // namespace pinion
