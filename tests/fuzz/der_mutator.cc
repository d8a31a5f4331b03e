// Changes DER element by element (ITU-T X.690 §8.1) and corrects the lengths, so that the result can still be parsed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace pinion::fuzz {
namespace {

// Has children, or bytes. The content of an OCTET STRING or BIT STRING is parsed too, where it is DER.
struct Element {
  uint8_t tag = 0;
  std::string before;  // the count of unused bits, of a BIT STRING that was parsed
  std::string bytes;
  std::vector<Element> children;
};

std::vector<Element> Parse(const std::string& der, int depth);

// Consumes one element of der at *at; false where there is none.
bool Take(const std::string& der, int depth, size_t* at, Element* element) {
  if (*at + 2 > der.size()) return false;
  element->tag = static_cast<uint8_t>(der[*at]);
  size_t length = static_cast<uint8_t>(der[*at + 1]);
  *at += 2;
  if (length > 0x84) return false;
  if (length >= 0x80) {
    const size_t bytes = length - 0x80;
    length = 0;
    for (size_t i = 0; i < bytes && *at < der.size(); ++i) length = length << 8 | static_cast<uint8_t>(der[(*at)++]);
  }
  if (length > der.size() - *at) return false;
  element->bytes = der.substr(*at, length);
  *at += length;
  constexpr uint8_t kConstructed = 0x20;
  const bool is_bits = element->tag == 3 && !element->bytes.empty() && element->bytes[0] == 0;
  if ((element->tag & kConstructed) == 0 && element->tag != 4 && !is_bits) return true;
  element->before = is_bits ? std::string(1, '\0') : "";
  element->children = Parse(element->bytes.substr(element->before.size()), depth + 1);
  return true;
}

// Parses all of der, or nothing.
std::vector<Element> Parse(const std::string& der, int depth) {
  std::vector<Element> elements;
  if (depth > 16) return elements;
  for (size_t at = 0; at < der.size();) {
    elements.emplace_back();
    if (!Take(der, depth, &at, &elements.back())) return {};
  }
  return elements;
}

std::string Encode(const std::vector<Element>& elements) {
  std::string der;
  for (const Element& element : elements) {
    const std::string content = element.children.empty() ? element.bytes : element.before + Encode(element.children);
    der.push_back(static_cast<char>(element.tag));
    if (content.size() < 0x80) {
      der.push_back(static_cast<char>(content.size()));
    } else {
      der.append({static_cast<char>(0x82), static_cast<char>(content.size() >> 8), static_cast<char>(content.size())});
    }
    der += content;
  }
  return der;
}

void Collect(std::vector<Element>* siblings, std::vector<std::pair<std::vector<Element>*, size_t>>* all) {
  for (size_t i = 0; i < siblings->size(); ++i) {
    all->emplace_back(siblings, i);
    Collect(&(*siblings)[i].children, all);
  }
}

void MutateBytes(Element* element) {
  std::vector<uint8_t> bytes(element->bytes.begin(), element->bytes.end());
  bytes.resize(bytes.size() + 8);
  bytes.resize(LLVMFuzzerMutate(bytes.data(), element->bytes.size(), bytes.size()));
  element->bytes.assign(bytes.begin(), bytes.end());
}

std::string Mutate(std::vector<Element> elements, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<std::pair<std::vector<Element>*, size_t>> all;
  Collect(&elements, &all);
  const auto [siblings, at] = all[random() % all.size()];
  const auto [other_siblings, other_at] = all[random() % all.size()];
  const Element other = (*other_siblings)[other_at];
  switch (random() % 6) {
    case 0:
      siblings->erase(siblings->begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      siblings->insert(siblings->begin() + static_cast<std::ptrdiff_t>(at), other);
      break;
    case 2:
      (*siblings)[at] = other;
      break;
    case 3:
      (*siblings)[at].tag ^= static_cast<uint8_t>(1U << random() % 8);
      break;
    default:
      if ((*siblings)[at].children.empty()) MutateBytes(&(*siblings)[at]);
  }
  return Encode(elements);
}

}  // namespace
}  // namespace pinion::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  std::vector<pinion::fuzz::Element> elements =
      pinion::fuzz::Parse(std::string(reinterpret_cast<const char*>(data), size), 0);
  if (elements.empty() || seed % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string mutated = pinion::fuzz::Mutate(std::move(elements), seed);
  if (mutated.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(mutated.begin(), mutated.end(), data);
  return mutated.size();
}
