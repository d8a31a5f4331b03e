// Changes JSON texts value by value, so that the result is mostly JSON; now and then changes bytes, as libFuzzer does.
#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/json/places.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace pinion::fuzz {
namespace {

using json::Place;

constexpr const char* kWords[] = {"\"\"",
                                  "\"*\"",
                                  "\"ACTIVE\"",
                                  "\"BACKUP\"",
                                  "\"RETIRING\"",
                                  "\"REVOKED\"",
                                  "\"a.test\"",
                                  "\"*.a.test\"",
                                  "0",
                                  "-1",
                                  "1.5",
                                  "true",
                                  "null",
                                  "[]",
                                  "{}",
                                  "\"2026-12-01T00:00:00Z\""};

class JsonMutator {
 public:
  JsonMutator(std::string text, std::vector<Place> places, unsigned seed)
      : text_(std::move(text)), places_(std::move(places)), random_(seed) {}

  std::string Mutate() {
    const Place& place = Any();
    const std::string item = text_.substr(place.item_begin, place.end - place.item_begin);
    const Place& other = Alike(place);
    switch (random_() % 5) {
      case 0:
        return WithoutItem(place);
      case 1:
        return Spliced(place.item_begin, 0, absl::StrCat(item, ", "));
      case 2:
        return Spliced(place.begin, place.end - place.begin, text_.substr(other.begin, other.end - other.begin));
      case 3:
        return Spliced(place.begin, place.end - place.begin, kWords[random_() % std::size(kWords)]);
      default:
        return WithOtherBytes(place);
    }
  }

 private:
  const Place& Any() { return places_[random_() % places_.size()]; }

  // Mostly a value of the same name, "peers[1].name" for "peers[0].name", because another would seldom be valid there.
  const Place& Alike(const Place& place) {
    const auto name = [](const Place& one) { return one.path.substr(one.path.rfind('.') + 1); };
    for (int tries = 0; tries < 8; ++tries) {
      const Place& other = Any();
      if (&other != &place && name(other) == name(place)) return other;
    }
    return Any();
  }

  std::string Spliced(size_t at, size_t size, const std::string& instead) {
    return absl::StrCat(text_.substr(0, at), instead, text_.substr(at + size));
  }

  std::string WithoutItem(const Place& place) {
    const size_t next = text_.find_first_not_of(" \n", place.end);
    if (next != std::string::npos && text_[next] == ',')
      return Spliced(place.item_begin, next + 1 - place.item_begin, "");
    const size_t before = text_.find_last_not_of(" \n", place.item_begin == 0 ? 0 : place.item_begin - 1);
    const size_t begin = before != std::string::npos && text_[before] == ',' ? before : place.item_begin;
    return Spliced(begin, place.end - begin, "");
  }

  // Within the quotes, where it is a string.
  std::string WithOtherBytes(const Place& place) {
    const size_t quote = place.is_string ? 1 : 0;
    const size_t begin = place.begin + quote;
    const size_t size = place.end - quote - begin;
    const absl::string_view content = absl::string_view(text_).substr(begin, size);
    std::vector<uint8_t> bytes(content.begin(), content.end());
    bytes.resize(size + 16);
    bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
    return Spliced(begin, size, std::string(bytes.begin(), bytes.end()));
  }

  const std::string text_;
  const std::vector<Place> places_;
  std::minstd_rand random_;
};

}  // namespace
}  // namespace pinion::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto places = pinion::json::Places(text, "");
  if (!places.ok() || seed % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string mutated = pinion::fuzz::JsonMutator(text, *places, seed).Mutate();
  if (mutated.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(mutated.begin(), mutated.end(), data);
  return mutated.size();
}
