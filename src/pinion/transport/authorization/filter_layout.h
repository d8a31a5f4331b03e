// Finds out how gRPC's authorization filter uses the policy provider that it is given: gRPC's own types are not
// published, and their layout differs between versions and builds. Private to transport/authorization/.
#ifndef PINION_TRANSPORT_AUTHORIZATION_FILTER_LAYOUT_H_
#define PINION_TRANSPORT_AUTHORIZATION_FILTER_LAYOUT_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"

namespace pinion {

// The objects that gRPC receives begin with a pointer to a table of functions (the virtual table of the Itanium C++
// ABI), followed by a reference count. A build with assertions has a pointer between the two.
struct FilterLayout {
  // The position of the reference count, in words of 8 bytes after the pointer to the table: 1 in a build with
  // assertions, such as Debian's, 0 in a build with NDEBUG.
  size_t count_word = 0;
  // Positions in the provider's table.
  size_t orphan = 0;      // called when the last strong reference is dropped
  size_t destructor = 0;  // called for the last reference; the position before it belongs to a destructor, too
  size_t engines = 0;     // called for each call
};

inline constexpr size_t kProviderFunctions = 4;
// A provider's count has the strong references in its upper half.
inline constexpr uint64_t kOneReference = uint64_t{1} << 32;

// Has gRPC add and drop references of an object that is used for nothing else, so that a gRPC with another layout only
// changes a number in it. Returns FailedPrecondition if gRPC does not use the object as FilterLayout describes. Must be
// called by one thread at a time.
absl::StatusOr<FilterLayout> FindFilterLayout();

}  // namespace pinion

#endif  // PINION_TRANSPORT_AUTHORIZATION_FILTER_LAYOUT_H_
