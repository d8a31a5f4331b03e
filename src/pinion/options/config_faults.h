// What is wrong in a configuration file, apart from the files that it names.
#ifndef PINION_OPTIONS_CONFIG_FAULTS_H_
#define PINION_OPTIONS_CONFIG_FAULTS_H_

#include <utility>

#include "pinion/v1/config.pb.h"

namespace pinion {

// An error: its position and its description. Both are null if there is no error.
using Fault = std::pair<const char*, const char*>;
inline constexpr Fault kNoFault = {nullptr, nullptr};

// The first error in the settings themselves.
Fault FindFault(const v1::Config& config);

}  // namespace pinion

#endif  // PINION_OPTIONS_CONFIG_FAULTS_H_
