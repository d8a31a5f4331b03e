// Repetitions of one kind of fault.
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
  // The longest time from a fault's end until full recovery, which includes that a good change is in effect.
  absl::Duration recovered;
};

// Under load. What must hold, each time:
//  - While the fault lasts: calls on live channels and on new connections succeed; impostors are refused; bad files are
//    reported, and the last good version stays active.
//  - After it, without intervention: the next good files take effect, all calls succeed, and impostors are refused.
//  - No call of the load fails, unless the fault is that there is no server, and then only until it is back.
Outcome Run(Fault& fault, const std::filesystem::path& folder, int repetitions);

// A thousand channels of one workload, and changes of its files. Each file is parsed once, all channels act on it, and
// none fails a call.
Outcome RunCrowd(const std::filesystem::path& folder, int channels, int repetitions);

}  // namespace pinion::faults

#endif  // PINION_TESTS_FAULTS_RUN_H_
