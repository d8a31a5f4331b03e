// The reason code in the text of a failed call's status.
#ifndef PINION_TESTING_REFUSAL_REASON_H_
#define PINION_TESTING_REFUSAL_REASON_H_

#include <grpcpp/support/status.h>

#include "pinion/v1/reason.pb.h"

namespace pinion::testing {

// REASON_UNSPECIFIED if the text contains none. Only for tests with known servers, since any server can send such a
// text. Applications use Workload::Explain.
v1::Reason RefusalReason(const grpc::Status& status);

}  // namespace pinion::testing

#endif  // PINION_TESTING_REFUSAL_REASON_H_
