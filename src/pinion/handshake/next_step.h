// What to do about a path that is refused. Private to handshake/.
#ifndef PINION_HANDSHAKE_NEXT_STEP_H_
#define PINION_HANDSHAKE_NEXT_STEP_H_

#include <string>

#include "pinion/x509/path/path_fault.h"

namespace pinion {

// By the cause, and by who can mend it: the peer, its CA, or this side, where a root of ours is at fault.
std::string NextStepForPath(x509::PathCause cause, x509::PathPlace place);

}  // namespace pinion

#endif  // PINION_HANDSHAKE_NEXT_STEP_H_
