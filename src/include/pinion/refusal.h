// Why a peer was refused.
#ifndef PINION_REFUSAL_H_
#define PINION_REFUSAL_H_

#include <string>

#include "absl/time/time.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {

// A refusal: its time, its reason code, and the complete explanation as one line.
struct Refusal {
  absl::Time time;
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  std::string text;
};

}  // namespace pinion

#endif  // PINION_REFUSAL_H_
