// The reason code in the text of a failed call's status.
#ifndef PINION_TESTING_REFUSAL_REASON_H_
#define PINION_TESTING_REFUSAL_REASON_H_

#include <grpcpp/support/status.h>

#include "pinion/v1/reason.pb.h"

namespace pinion::testing {

// REASON_UNSPECIFIED where the text names none. For tests, whose servers are known: any server can write such a text.
// Programs ask Workload::Explain.
v1::Reason RefusalReason(const grpc::Status& status);

}  // namespace pinion::testing

#endif  // PINION_TESTING_REFUSAL_REASON_H_
