// The limit on the duration of report-only.
#ifndef PINION_PIN_REPORT_ONLY_H_
#define PINION_PIN_REPORT_ONLY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"

namespace pinion {

// Longer than any trial of a peer's pins needs. Without a limit, a date far in the future would disable the pins
// permanently.
inline constexpr absl::Duration kMaxReportOnly = absl::Hours(24 * 30);

// Returns FailedPrecondition, with the peer, its end of report-only and the latest allowed end, unless report-only of
// every peer ends within kMaxReportOnly of `now`. Called when a pin set is adopted; afterwards the remaining time only
// decreases.
absl::Status CheckReportOnly(const PinSet& pin_set, absl::Time now);

}  // namespace pinion

#endif  // PINION_PIN_REPORT_ONLY_H_
