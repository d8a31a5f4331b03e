// The registry of what Pinion keeps for the whole process instead of for one Workload.
#ifndef PINION_BASE_PROCESS_WIDE_H_
#define PINION_BASE_PROCESS_WIDE_H_

namespace pinion {

// Returns the process's only State, which is created by the first call and is never destroyed, since threads may use
// it until the process ends. Thread-safe; State must be too, or be used by one thread alone.
//
// The other mutable state of the library belongs to a Workload. docs/design.md lists each State and the reason why it
// cannot; //tests/rules:rooms_test compares the list, and refuses `static` variables, and atomics and mutexes outside
// of classes and functions.
template <typename State>
State& ProcessWide() {
  static auto* const only = new State();
  return *only;
}

}  // namespace pinion

#endif  // PINION_BASE_PROCESS_WIDE_H_
