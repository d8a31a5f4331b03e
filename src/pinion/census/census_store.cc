#include "pinion/census/census_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/json/printed.h"
#include "pinion/json/timestamp.h"

namespace pinion {
namespace {

// A large census must not keep the disk busy.
constexpr int kRest = 20;

absl::StatusOr<v1::CensusFile> Parse(const std::string& text, const std::string& path) {
  v1::CensusFile census;
  const absl::Status parsed = json::ParsePrinted(text, &census);
  if (parsed.ok() && census.has_written()) return census;
  return absl::InvalidArgumentError(absl::StrCat(Printable(path), ": is no census",
                                                 parsed.ok() ? "" : absl::StrCat(": ", Printable(parsed.message())),
                                                 "; name a file that a process wrote as adoption.census_file"));
}

}  // namespace

absl::StatusOr<v1::CensusFile> ReadCensus(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  return text.ok() ? Parse(*text, path) : text.status();
}

absl::StatusOr<v1::CensusFile> CensusStore::Read() {
  absl::StatusOr<std::string> text = ReadFile(path_);
  on_disk_.reset();
  if (!text.ok()) return text.status();
  on_disk_ = *std::move(text);
  return Parse(*on_disk_, path_);
}

bool CensusStore::IsDue() const { return SteadyNow() >= next_; }

absl::Status CensusStore::Write(v1::CensusFile census, absl::Time now) {
  const absl::Time begin = SteadyNow();
  census.clear_written();
  std::string text = census.SerializeAsString();
  if (text == last_ && absl::AbsDuration(now - written_) < kFresh) {
    next_ = begin + kInterval;
    return absl::OkStatus();
  }
  *census.mutable_written() = json::ToTimestamp(now);
  absl::StatusOr<std::string> json = json::Print(census);
  if (!json.ok()) return json.status();
  Replacement replacement;
  replacement.mode = 0600;
  replacement.is_durable = true;
  replacement.expected = on_disk_;
  const bool is_unexpected = !on_disk_.has_value() && ReadFile(path_).ok();
  absl::Status written = is_unexpected ? absl::AbortedError("") : ReplaceFile(path_, *json, replacement).status();
  if (absl::IsAborted(written)) {
    written = absl::AbortedError(absl::StrCat(
        Printable(path_), " was written by another process; each process needs a ", "census_file of its own"));
  }
  if (written.ok()) {
    last_ = std::move(text);
    on_disk_ = *std::move(json);
    written_ = now;
  }
  next_ = begin + std::max(kInterval, kRest * (SteadyNow() - begin));
  return written;
}

}  // namespace pinion
