// Everything in a deployment that ends at some time.
#ifndef PINION_TOOLS_PINION_ENDINGS_H_
#define PINION_TOOLS_PINION_ENDINGS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tools/pinion/deployment.h"
#include "tools/pinion/finding.h"

namespace pinion::cli {

// How the holder of a BACKUP pin's key shows that he has it.
inline constexpr char kProve[] =
    "have its holder sign a request (`pinion pins challenge`), and record it (`pinion pins prove`)";

struct Ending {
  const char* noun;  // CERTIFICATE, ROOT, PIN, PIN_SET, PROOF or REPORT_ONLY
  Place place;
  std::string what;
  absl::Time end;
  // The whole validity period. A certificate that is valid for a few days only is renewed within them, so warnings are
  // limited to the second half of the period.
  absl::Duration lifetime = absl::InfiniteDuration();
  Severity worst = Severity::kError;  // after the end
  std::string fix;
};

// In no order; an end may be over.
std::vector<Ending> EndingsOf(const Deployment& deployment, absl::Time now);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_ENDINGS_H_
