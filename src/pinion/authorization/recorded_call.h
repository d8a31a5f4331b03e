// A call read from a file, evaluated like a live one. For tools and tests.
#ifndef PINION_AUTHORIZATION_RECORDED_CALL_H_
#define PINION_AUTHORIZATION_RECORDED_CALL_H_

#include "pinion/authorization/call.h"
#include "pinion/v1/recorded_call.pb.h"

namespace pinion {

// Returns views into `recorded`, which must outlive the result unchanged. Headers with the same key are joined by
// commas, as in gRPC.
CallToAuthorize ViewOf(const v1::RecordedCall& recorded);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_RECORDED_CALL_H_
