// Formats a pin set as the text of its file.
#ifndef PINION_TESTING_PIN_FILE_H_
#define PINION_TESTING_PIN_FILE_H_

#include <string>

#include "pinion/v1/pin_set.pb.h"

namespace pinion::testing {

// Returns strict JSON that Pinion reads. Also formats a set that Pinion rejects.
std::string PinFileText(const v1::PinSet& pin_set);

}  // namespace pinion::testing

#endif  // PINION_TESTING_PIN_FILE_H_
