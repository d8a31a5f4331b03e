// The next step for a refused path. Private to handshake/.
#ifndef PINION_HANDSHAKE_NEXT_STEP_H_
#define PINION_HANDSHAKE_NEXT_STEP_H_

#include <string>

#include "pinion/x509/path/path_fault.h"

namespace pinion {

// Depends on the cause and on the side that can fix it: the peer, its CA, or this side if the fault is in one of its
// roots.
std::string NextStepForPath(x509::PathCause cause, x509::PathPlace place);

}  // namespace pinion

#endif  // PINION_HANDSHAKE_NEXT_STEP_H_
