// Counts system objects that are listed in a folder.
#ifndef PINION_TESTING_COUNT_ENTRIES_H_
#define PINION_TESTING_COUNT_ENTRIES_H_

#include <cstdint>
#include <filesystem>
#include <iterator>

namespace pinion::testing {

// For example, "/proc/self/fd", which includes the descriptor that reads it.
inline int64_t CountEntries(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator entries(folder);
  return std::distance(begin(entries), end(entries));
}

}  // namespace pinion::testing

#endif  // PINION_TESTING_COUNT_ENTRIES_H_
