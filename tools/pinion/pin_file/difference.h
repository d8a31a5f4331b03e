// What another pin set would change, and for whom.
#ifndef PINION_TOOLS_PINION_PIN_FILE_DIFFERENCE_H_
#define PINION_TOOLS_PINION_PIN_FILE_DIFFERENCE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"

namespace pinion::cli {

struct Change {
  // Stable, for programs: PEER_ADDED, KEY_REVOKED, ...
  std::string code;
  std::string peer;
  // The host, the identity or the pin that it is about; empty for a whole peer.
  std::string subject;
  // Somebody who is let in today may be refused, or somebody let in whom the old set refuses.
  bool is_dangerous = false;
  // A sentence without its end.
  std::string text;
};

// Every change in who is accepted or refused as whom, the dangerous ones first, otherwise in the order of the files.
// What is spelled or ordered otherwise and means the same is none. `now` decides which time bounds are over.
std::vector<Change> Compare(const PinSet& old_set, const PinSet& new_set, absl::Time now);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_DIFFERENCE_H_
