// What to do about a path that is refused. Private to handshake/.
#ifndef PINION_HANDSHAKE_NEXT_STEP_H_
#define PINION_HANDSHAKE_NEXT_STEP_H_

#include <string>

#include "pinion/v1/reason.pb.h"

namespace pinion {

// For one of x509::BuildPath's reasons.
std::string NextStepForPath(v1::Reason reason);

}  // namespace pinion

#endif  // PINION_HANDSHAKE_NEXT_STEP_H_
