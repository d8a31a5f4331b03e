// Feeds a fuzz target the files given as arguments, a few inputs of its own, and mutations of the files by the target's
// own mutator, if it has one. Fails when there is no file, or when the target accepts none.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" __attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                                                unsigned int seed);

// Replaces libFuzzer's function that mutators call: it changes one byte.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t /*max_size*/) {
  static size_t calls = 0;
  if (size > 0) data[calls * 7 % size] ^= static_cast<uint8_t>(1U << calls % 8);
  ++calls;
  return size;
}

namespace {

constexpr int kMutationsOfEach = 50;

// Copies the input, so that a read past its end is a read past an allocation.
void Feed(const std::string& input) {
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::string EveryByte() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

void FeedMutations(const std::string& input) {
  std::string mutated;
  for (unsigned seed = 0; seed < kMutationsOfEach; ++seed) {
    // Starts again from the file now and then, so that the mutations stay related to it.
    if (seed % 5 == 0) mutated = input;
    const size_t size = mutated.size();
    mutated.resize(std::max<size_t>(4096, 2 * size));
    mutated.resize(LLVMFuzzerCustomMutator(reinterpret_cast<uint8_t*>(&mutated[0]), size, mutated.size(), seed));
    Feed(mutated);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const std::string& input : {std::string(), std::string(1, '\0'), std::string("\n"), std::string("{}"),
                                   EveryByte(), std::string(size_t{1} << 16, '['), std::string(4096, '\xff')}) {
    Feed(input);
  }
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.good()) {
      std::fprintf(stderr, "cannot read %s\n", argv[i]);
      return 1;
    }
    Feed(input);
    if (LLVMFuzzerCustomMutator != nullptr) FeedMutations(input);
  }
  if (pinion::fuzz::AcceptedInputs() == 0) std::fprintf(stderr, "no input was accepted\n");
  return pinion::fuzz::AcceptedInputs() == 0 ? 1 : 0;
}
