// How much of something there is, where the system shows it as a folder.
#ifndef PINION_TESTING_COUNT_ENTRIES_H_
#define PINION_TESTING_COUNT_ENTRIES_H_

#include <cstdint>
#include <filesystem>
#include <iterator>

namespace pinion::testing {

// Such as "/proc/self/fd", whose entries include the one that it is read by.
inline int64_t CountEntries(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator entries(folder);
  return std::distance(begin(entries), end(entries));
}

}  // namespace pinion::testing

#endif  // PINION_TESTING_COUNT_ENTRIES_H_
