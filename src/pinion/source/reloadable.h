// What is in effect of one thing that is loaded, and what is wrong with what should replace it.
#ifndef PINION_SOURCE_RELOADABLE_H_
#define PINION_SOURCE_RELOADABLE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/source/source.h"
#include "pinion/workload_status.h"

namespace pinion {

// Keeps the last good T; a failed reload keeps the old one, whatever the failure. T is immutable. Not synchronised: the
// owner, which has several of these to weigh against each other, holds a lock.
template <typename T>
class Reloadable {
 public:
  using Value = std::shared_ptr<const T>;
  // From a source's texts to a valid T. `in_effect` is null at the first time; to be given
  // back when the texts say the same.
  using Load = std::function<absl::StatusOr<Value>(const std::vector<std::string>& texts, const Value& in_effect)>;

  Reloadable(std::shared_ptr<Source> source, Load load) : source_(std::move(source)), load_(std::move(load)) {}

  // What the source gives now. The very value in effect when the texts are those it came from.
  absl::StatusOr<Value> Read() {
    texts_read_.clear();
    absl::StatusOr<std::vector<std::string>> texts = source_->Read();
    if (!texts.ok()) return texts.status();
    if (in_effect_ != nullptr && *texts == texts_in_effect_) return in_effect_;
    absl::StatusOr<Value> value = load_(*texts, in_effect_);
    if (value.ok()) texts_read_ = *std::move(texts);
    return value;
  }

  // Puts the value that Read gave last into force; true when it is another one than before.
  bool Adopt(const Value& value, absl::Time now) {
    status_.error = absl::OkStatus();
    status_.failing_since = absl::InfiniteFuture();
    if (!texts_read_.empty()) texts_in_effect_ = std::move(texts_read_);
    if (value == in_effect_) return false;
    in_effect_ = value;
    ++status_.generation;
    status_.adopted_at = now;
    return true;
  }

  // Notes why what the source gives was not adopted; true when that is news.
  bool Reject(const absl::Status& error, absl::Time now) {
    if (error == status_.error) return false;
    if (status_.error.ok()) status_.failing_since = now;
    status_.error = error;
    return true;
  }

  // Null before the first Adopt.
  const Value& in_effect() const { return in_effect_; }
  const SourceStatus& status() const { return status_; }

 private:
  const std::shared_ptr<Source> source_;
  const Load load_;
  Value in_effect_;
  std::vector<std::string> texts_in_effect_;
  std::vector<std::string> texts_read_;
  SourceStatus status_;
};

}  // namespace pinion

#endif  // PINION_SOURCE_RELOADABLE_H_
