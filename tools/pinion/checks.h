// The checks of `pinion check` on the files that it loaded. Each uses the code that decides at run time, and adds its
// findings.
#ifndef PINION_TOOLS_PINION_CHECKS_H_
#define PINION_TOOLS_PINION_CHECKS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/pinion/deployment.h"
#include "tools/pinion/finding.h"

namespace pinion::cli {

// Checks whether a process would start with this configuration, and whether peers that share its files would accept it.
// Also checks its key file and its shadow policy.
void CheckOwn(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings);
// Checks whether the given clients and servers would accept each other.
void CheckBothSides(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings);
// Checks whether each certificate given on its own would be accepted, and whether each host has one.
void CheckCertificates(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings);
// Reports what has expired, and what expires within 30, 7 and 1 days.
void CheckExpiry(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings);
// Reports clients that would pass as unlisted by mistake: the key is a pin of a peer whose names the certificate lacks,
// or a name is mistyped.
void CheckNames(const Deployment& deployment, std::vector<Finding>* findings);
// Reports documents whose files are missing, or are not those that the pin file lists.
void CheckDocuments(const Deployment& deployment, std::vector<Finding>* findings);
// Reports principals that match no peer.
void CheckPolicies(const Deployment& deployment, std::vector<Finding>* findings);
// Reports what a running process, according to its status, has not adopted, or cannot adopt without a restart.
void CheckStatuses(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings);
// Reports if a restart of a process with this configuration could go back to an older pin set or trust file.
struct NamedText {
  const std::string& file;
  const std::string& text;
};
void CheckKept(const NamedText& config, const WorkloadOptions& options, const PinSet& pin_set,
               std::vector<Finding>* findings);
// Judges the server that runs at `target` now. InvalidArgument if the deployment has nothing to judge it by.
absl::Status CheckLive(const Deployment& deployment, const std::string& target, absl::Time now,
                       std::vector<Finding>* findings);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_CHECKS_H_
