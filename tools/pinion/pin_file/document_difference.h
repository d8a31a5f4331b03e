// The documents that another pin set would change.
#ifndef PINION_TOOLS_PINION_PIN_FILE_DOCUMENT_DIFFERENCE_H_
#define PINION_TOOLS_PINION_PIN_FILE_DOCUMENT_DIFFERENCE_H_

#include <vector>

#include "pinion/pin/pin_set.h"
#include "tools/pinion/pin_file/difference.h"

namespace pinion::cli {

void CompareDocuments(const PinSet& old_set, const PinSet& new_set, std::vector<Change>* changes);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_DOCUMENT_DIFFERENCE_H_
