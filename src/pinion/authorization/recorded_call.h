// A call out of a file, to be evaluated like a live one: for tools and tests.
#ifndef PINION_AUTHORIZATION_RECORDED_CALL_H_
#define PINION_AUTHORIZATION_RECORDED_CALL_H_

#include "pinion/authorization/call.h"
#include "pinion/v1/recorded_call.pb.h"

namespace pinion {

// Views into `recorded`, which must live as long and stay as it is. Headers of one key are joined by commas, as gRPC
// does.
CallToAuthorize ViewOf(const v1::RecordedCall& recorded);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_RECORDED_CALL_H_
