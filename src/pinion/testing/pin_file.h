// A pin set as the text of its file.
#ifndef PINION_TESTING_PIN_FILE_H_
#define PINION_TESTING_PIN_FILE_H_

#include <string>

#include "pinion/v1/pin_set.pb.h"

namespace pinion::testing {

// The strict JSON that Pinion reads. A set that Pinion refuses has a text, too.
std::string PinFileText(const v1::PinSet& pin_set);

}  // namespace pinion::testing

#endif  // PINION_TESTING_PIN_FILE_H_
