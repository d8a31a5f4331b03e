// What `pinion check` looks for in what its loaders took. Each asks the code that decides when it runs, and adds what
// it finds.
#ifndef PINION_TOOLS_PINION_CHECKS_H_
#define PINION_TOOLS_PINION_CHECKS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/pinion/deployment.h"
#include "tools/pinion/finding.h"

namespace pinion::cli {

// Would a process start with this configuration, and would those who share its files believe it? Also its key's file
// and its shadow policy.
void CheckOwn(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings);
// Would the clients and servers that were given let each other in?
void CheckBothSides(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings);
// Would each certificate that was given by itself be let in, and has each host one?
void CheckCertificates(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings);
// What has ended, and what ends within 30, 7 and 1 days.
void CheckExpiry(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings);
// Would a client pass as unlisted by mistake: its key is a pin of a peer that it does not name, or a name is mistyped?
void CheckNames(const Deployment& deployment, std::vector<Finding>* findings);
// Principals that nobody is.
void CheckPolicies(const Deployment& deployment, std::vector<Finding>* findings);
// What has a running process, by its status, not adopted, or not without a restart?
void CheckStatuses(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings);
// What serves at `target` now, judged by what was given. InvalidArgument when that is nothing to judge by.
absl::Status CheckLive(const Deployment& deployment, const std::string& target, absl::Time now,
                       std::vector<Finding>* findings);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_CHECKS_H_
