#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/json/places.h"
#include "tools/pinion/foreign_pins/formats.h"

namespace pinion::cli {
namespace {

// In the spelling of the protobuf, and in that of its JSON form.
bool IsList(absl::string_view path) {
  for (const absl::string_view name : {"verify_certificate_spki", "verifyCertificateSpki"}) {
    if (path == name || absl::EndsWith(path, absl::StrCat(".", name))) return true;
  }
  return false;
}

// Whether the value is in the list or encloses it.
bool IsAboutList(absl::string_view path, absl::string_view list) {
  return absl::StartsWith(path, list) || path.empty() ||
         (absl::StartsWith(list, path) && (list[path.size()] == '.' || list[path.size()] == '['));
}

absl::StatusOr<std::string> FindList(const std::vector<json::Place>& places, absl::string_view text,
                                     absl::string_view file) {
  std::string list;
  for (const json::Place& place : places) {
    if (!IsList(place.path)) continue;
    if (!list.empty())
      return ErrorAtOffset(text, file, place.begin, "a second verify_certificate_spki; give one alone");
    if (text[place.begin] != '[') return ErrorAtOffset(text, file, place.begin, "expected a list of pins");
    list = place.path;
  }
  if (list.empty()) return ErrorAtOffset(text, file, 0, "there is no verify_certificate_spki in it");
  return list;
}

}  // namespace

absl::StatusOr<ForeignPins> ParseEnvoy(absl::string_view text, absl::string_view file) {
  const absl::StatusOr<std::vector<json::Place>> places = json::Places(text, file);
  if (!places.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(places.status().message(), "; Envoy takes JSON for YAML, so give it as JSON: yq -o json"));
  }
  const absl::StatusOr<std::string> list = FindList(*places, text, file);
  if (!list.ok()) return list.status();
  ForeignPins pins;
  pins.entries.emplace_back();
  for (const json::Place& place : *places) {
    if (!IsAboutList(place.path, *list)) {
      if (!absl::EndsWith(place.path, "]") && (place.is_string || !place.text.empty())) {
        pins.remarks.push_back(absl::StrCat(absl::CHexEscape(place.path), " is not imported"));
      }
      continue;
    }
    if (!absl::StartsWith(place.path, *list + "[")) continue;
    const absl::StatusOr<Pin> pin = FromBareBase64(place.text);
    if (!pin.ok()) return ErrorAtOffset(text, file, place.begin, pin.status().message());
    pins.entries[0].pins.push_back(*pin);
  }
  if (pins.entries[0].pins.empty()) return ErrorAtOffset(text, file, 0, "verify_certificate_spki is empty");
  return pins;
}

std::string WriteEnvoy(const std::vector<ForeignPins::Entry>& entries) {
  return absl::StrCat(
      "{\n  \"verify_certificate_spki\": [\n",
      absl::StrJoin(entries[0].pins, ",\n",
                    [](std::string* out, const Pin& pin) { absl::StrAppend(out, "    \"", BareBase64(pin), "\""); }),
      "\n  ]\n}\n");
}

}  // namespace pinion::cli
