// The value in effect of one reloadable part, and the error of a newer value.
#ifndef PINION_SOURCE_RELOADABLE_H_
#define PINION_SOURCE_RELOADABLE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "pinion/source/source.h"
#include "pinion/workload_status.h"

namespace pinion {

// Keeps the last good T; any failed reload keeps the old one. T is immutable. Not thread-safe: the owner, which checks
// several of these against each other, holds a lock.
template <typename T>
class Reloadable {
 public:
  using Value = std::shared_ptr<const T>;
  // Builds a valid T from a source's texts. `in_effect` is null at first; return it if the texts have the same content.
  using Load = std::function<absl::StatusOr<Value>(const std::vector<std::string>& texts, const Value& in_effect)>;

  Reloadable(std::shared_ptr<Source> source, Load load) : source_(std::move(source)), load_(std::move(load)) {}

  // Returns the source's current value. Returns the object in effect if the texts are unchanged. If there is none, and
  // the current value cannot be used, returns that of the source's copy.
  absl::StatusOr<Value> Read() {
    absl::StatusOr<Value> value = LoadContent(source_->Read());
    if (value.ok() || in_effect_ != nullptr) return value;
    absl::StatusOr<SourceContent> kept = source_->ReadKept();
    if (absl::IsNotFound(kept.status())) return value;
    absl::StatusOr<Value> copy = LoadContent(std::move(kept));
    if (copy.ok()) return copy;
    return absl::Status(value.status().code(),
                        absl::StrCat(value.status().message(), "; the copy cannot be used: ", copy.status().message()));
  }

  // Puts the last value from Read, or one from elsewhere, into effect; returns true if it differs from the value
  // before.
  bool Adopt(const Value& value, absl::Time now) {
    status_.error = absl::OkStatus();
    status_.failing_since = absl::InfiniteFuture();
    if (read_.has_value() && read_->value == value) {
      texts_in_effect_ = std::move(read_->of.texts);
      status_.provenance = std::move(read_->of.provenance);
      status_.revision = std::move(read_->of.revision);
    } else if (value != in_effect_) {
      texts_in_effect_.clear();
    }
    read_.reset();
    if (value == in_effect_) return false;
    in_effect_ = value;
    ++status_.generation;
    status_.adopted_at = now;
    return true;
  }

  // Records why the source's content was not adopted; returns true if the error is new.
  bool Reject(const absl::Status& error, absl::Time now) {
    if (error == status_.error) return false;
    if (status_.error.ok()) status_.failing_since = now;
    status_.error = error;
    return true;
  }

  // Null before the first Adopt.
  const Value& in_effect() const { return in_effect_; }
  const SourceStatus& status() const { return status_; }

  // The texts of the last Read or of what is in effect, whichever has this value; otherwise none.
  std::vector<std::string> TextsOf(const Value& value) const {
    if (read_.has_value() && read_->value == value) return read_->of.texts;
    return value == in_effect_ ? texts_in_effect_ : std::vector<std::string>();
  }
  // What has happened to the source, if that is new; empty otherwise.
  std::string TakeNotice() { return std::exchange(notice_, ""); }

 private:
  struct Content {
    SourceContent of;
    Value value;
  };

  absl::StatusOr<Value> LoadContent(absl::StatusOr<SourceContent> content) {
    read_.reset();
    if (!content.ok()) return content.status();
    if (!content->notice.empty()) notice_ = std::exchange(content->notice, "");
    absl::StatusOr<Value> value = in_effect_;
    if (in_effect_ == nullptr || content->texts != texts_in_effect_) value = load_(content->texts, in_effect_);
    if (value.ok()) read_ = Content{*std::move(content), *value};
    return value;
  }

  const std::shared_ptr<Source> source_;
  const Load load_;
  Value in_effect_;
  std::vector<std::string> texts_in_effect_;
  std::optional<Content> read_;  // by the last Read, if it was valid
  std::string notice_;
  SourceStatus status_;
};

}  // namespace pinion

#endif  // PINION_SOURCE_RELOADABLE_H_
