#include "pinion/json/places.h"

#include "absl/strings/str_cat.h"
#include "pinion/json/token_walker.h"

namespace pinion::json {
namespace {

class Collector final : public TokenWalker {
 public:
  using TokenWalker::TokenWalker;
  std::vector<Place> TakePlaces() { return std::move(places_); }

 protected:
  bool OnKey(const std::string&) override {
    key_begin_ = offset();
    after_key_ = true;
    return true;
  }

  bool OnValue(const Value& value) override {
    const bool is_container = value.kind == Kind::kObject || value.kind == Kind::kArray;
    if (is_container) open_.push_back(places_.size());
    Place place{path(), offset(), end_offset(), after_key_ ? key_begin_ : offset(), value.kind == Kind::kString, ""};
    if (!is_container) place.text = std::string(value.text);
    places_.push_back(std::move(place));
    after_key_ = false;
    return true;
  }

  bool OnEnd() override {
    places_[open_.back()].end = end_offset();
    open_.pop_back();
    return true;
  }

 private:
  std::vector<Place> places_;
  std::vector<size_t> open_;  // indexes into places_ of the enclosing containers
  size_t key_begin_ = 0;
  bool after_key_ = false;
};

}  // namespace

absl::StatusOr<std::vector<Place>> Places(absl::string_view text, absl::string_view file_name) {
  const auto not_json = [&](size_t offset, absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(file_name, ":", LineAndColumn(text, offset), ": not JSON: ", why));
  };
  // nlohmann's text for this error differs between releases.
  if (text.empty()) return not_json(0, "the file is empty");
  Collector collector(text);
  if (!collector.Walk()) return not_json(collector.offset(), collector.syntax_error());
  return collector.TakePlaces();
}

}  // namespace pinion::json
