// One kind of fault, again and again.
#ifndef PINION_TESTS_FAULTS_RUN_H_
#define PINION_TESTS_FAULTS_RUN_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/faults/fault.h"

namespace pinion::faults {

struct Outcome {
  int64_t calls = 0;
  std::vector<std::string> wrongs;
  // The longest time from a fault's end until all was well, a good change in effect among it.
  absl::Duration recovered;
};

// Under load. What must hold, each time:
//  - While it lasts: calls on channels that are there, and on new connections, succeed; impostors are refused; files
//    that are bad are said to be, and what was in effect stays.
//  - After it, with nobody's help: the next good files come into force, all calls succeed, and impostors are refused.
//  - No call of the load fails, but where the fault is that there is no server, and then only until it is back.
Outcome Run(Fault& fault, const std::filesystem::path& folder, int repetitions);

// A thousand channels of one workload, and changes of its files: each is parsed once, all channels act on it and none
// fails a call.
Outcome RunCrowd(const std::filesystem::path& folder, int channels, int repetitions);

}  // namespace pinion::faults

#endif  // PINION_TESTS_FAULTS_RUN_H_
