// Unwraps a StatusOr in test support code.
#ifndef PINION_TESTING_OR_DIE_H_
#define PINION_TESTING_OR_DIE_H_

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/status/statusor.h"

namespace pinion::testing {

// Returns the value; if there is none, prints the error and aborts.
template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "pinion/testing: %s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

}  // namespace pinion::testing

#endif  // PINION_TESTING_OR_DIE_H_
