// The changes that another pin set would make, and the peers they affect.
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
  std::string peer;  // empty if the change is one of the whole set
  // The host, identity or pin that changes; empty for a whole peer.
  std::string subject;
  // A peer that is accepted today may be refused, or a peer that the old set refuses may be accepted.
  bool is_dangerous = false;
  // A sentence without its full stop.
  std::string text;
};

// Every change in which peers are accepted or refused under which names; dangerous ones first, otherwise in the order
// of the files. Differences in spelling or order without an effect are not changes. `now` decides which time bounds are
// over.
std::vector<Change> Compare(const PinSet& old_set, const PinSet& new_set, absl::Time now);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_DIFFERENCE_H_
