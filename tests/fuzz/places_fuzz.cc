// The places of the values of a JSON text, compared with a parse of each of them alone.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "pinion/json/places.h"
#include "tests/fuzz/invariant.h"

namespace pinion::json {
namespace {

using fuzz::Require;

nlohmann::json ParseAlone(absl::string_view text) {
  return nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
}

void RequirePlace(absl::string_view text, const Place& place) {
  Require(place.item_begin <= place.begin && place.begin < place.end && place.end <= text.size(),
          "a place is in the text", place.path);
  const nlohmann::json value = ParseAlone(text.substr(place.begin, place.end - place.begin));
  Require(!value.is_discarded(), "a place holds one value", place.path);
  Require(place.is_string == value.is_string(), "a string is marked as a string", place.path);
  if (value.is_string()) Require(place.text == value.get<std::string>(), "a string has its content", place.path);
}

void Check(absl::string_view text) {
  const absl::StatusOr<std::vector<Place>> places = Places(text, "f.json");
  // nlohmann ends the text at a NUL.
  const bool is_json = !absl::StrContains(text, '\0') && !ParseAlone(text).is_discarded();
  Require(places.ok() == is_json, "it is JSON exactly when nlohmann's own parser accepts it",
          places.status().ToString());
  fuzz::CountInput(places.ok());
  if (!places.ok()) {
    Require(places.status().code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument");
    fuzz::RequirePlacedError(places.status(), "f.json");
    return;
  }
  Require(!places->empty() && places->front().path.empty(), "the first place is the document");
  std::vector<const Place*> open;
  for (const Place& place : *places) {
    while (!open.empty() && open.back()->end <= place.begin) open.pop_back();
    Require(open.empty() || place.end < open.back()->end, "a value ends within its parent", place.path);
    Require((&place == &places->front()) == open.empty(), "all but the document have a parent", place.path);
    open.push_back(&place);
    // Parsing each of n values reads n² bytes, so only the first values are compared.
    if (&place - places->data() < 64) RequirePlace(text, place);
  }
}

}  // namespace
}  // namespace pinion::json

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Paths grow with the depth, and real files have few levels.
  if (size > 4096) return 0;
  pinion::json::Check(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
