// How those who hold a pin set and roots would judge somebody's chain.
#ifndef PINION_TOOLS_PINION_JUDGED_CHAIN_H_
#define PINION_TOOLS_PINION_JUDGED_CHAIN_H_

#include <string>
#include <vector>

#include "pinion/handshake/peer_verifier.h"
#include "tools/pinion/finding.h"

namespace pinion::cli {

// As each host of the pin set that the certificate is for; a pattern is tried with one name that it fits. Nothing when
// there is no such host.
struct HostVerdict {
  std::string host;
  Verdict verdict;
};
std::vector<HostVerdict> JudgeAsServer(const PeerVerifier& verifier, const std::vector<x509::Certificate>& chain,
                                       absl::Time now);
Verdict JudgeAsClient(const PeerVerifier& verifier, const std::vector<x509::Certificate>& chain, absl::Time now);

// Whether clients with this pin set dial a host that the names cover.
bool IsForListedHost(const PinSet& pin_set, const x509::SubjectAltNames& names);

// What `verdict` means for whoever holds the chain in `file`: an ERROR `refused_code`, or a WARNING where report-only
// alone lets it in, or nothing. `who` begins the text: "clients with orders.json would refuse it as \"localhost\"".
void AddVerdict(const Verdict& verdict, const std::string& refused_code, const std::string& file,
                const std::string& who, std::vector<Finding>* findings);

// A WARNING where the key in `file` is a BACKUP in `pin_set_file`: a backup that is in use is none any more.
void AddServedBackup(const Verdict& verdict, const std::string& file, const std::string& pin_set_file,
                     std::vector<Finding>* findings);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_JUDGED_CHAIN_H_
