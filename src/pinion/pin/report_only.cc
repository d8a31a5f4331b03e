#include "pinion/pin/report_only.h"

#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"

namespace pinion {

absl::Status CheckReportOnly(const PinSet& pin_set, absl::Time now) {
  for (const Peer& peer : pin_set.peers()) {
    if (peer.report_only_until - now <= kMaxReportOnly) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("peer \"", peer.name, "\": report_only_until ", FormatRfc3339(peer.report_only_until),
                     " is more than 30 days ahead, and until then its pins refuse no key; choose a time up to ",
                     FormatRfc3339(now + kMaxReportOnly)));
  }
  return absl::OkStatus();
}

}  // namespace pinion
