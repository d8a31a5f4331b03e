// An input that is read as a sequence of decisions, for targets whose inputs have a structure of their own.
#ifndef PINION_TESTS_FUZZ_CHOICES_H_
#define PINION_TESTS_FUZZ_CHOICES_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace pinion::fuzz {

// Views the input. Where the bytes are exhausted, every choice is 0, which should be the plain case.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : next_(data), end_(data + size) {}

  // One byte.
  uint8_t Byte() { return next_ == end_ ? 0 : *next_++; }
  // From 0 to n - 1, of one byte; n from 1 to 256.
  size_t Below(size_t n) { return Byte() % n; }
  bool Yes() { return Below(2) == 1; }
  // This many bytes, or the rest.
  std::string Text(size_t size) {
    std::string text;
    while (text.size() < size && next_ != end_) text.push_back(static_cast<char>(*next_++));
    return text;
  }
  std::string Rest() { return Text(end_ - next_); }

 private:
  const uint8_t* next_;
  const uint8_t* end_;
};

}  // namespace pinion::fuzz

#endif  // PINION_TESTS_FUZZ_CHOICES_H_
