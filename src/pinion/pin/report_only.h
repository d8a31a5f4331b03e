// How long report-only may last.
#ifndef PINION_PIN_REPORT_ONLY_H_
#define PINION_PIN_REPORT_ONLY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"

namespace pinion {

// Longer than any trial of a peer's pins needs; without a limit a date far ahead would switch the pins off for good.
inline constexpr absl::Duration kMaxReportOnly = absl::Hours(24 * 30);

// FailedPrecondition, naming the peer, its end and the latest one, unless report-only of every peer ends within
// kMaxReportOnly of `now`. Asked when a pin set is adopted; one that is in effect only comes nearer to its end.
absl::Status CheckReportOnly(const PinSet& pin_set, absl::Time now);

}  // namespace pinion

#endif  // PINION_PIN_REPORT_ONLY_H_
