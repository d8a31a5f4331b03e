// The verdict of a peer with a given pin set and roots on a certificate chain.
#ifndef PINION_TOOLS_PINION_JUDGED_CHAIN_H_
#define PINION_TOOLS_PINION_JUDGED_CHAIN_H_

#include <string>
#include <vector>

#include "pinion/handshake/peer_verifier.h"
#include "tools/pinion/finding.h"

namespace pinion::cli {

// One verdict for each host of the pin set that the certificate covers; a pattern is tried with one name that it
// matches. Empty if there is no such host.
struct HostVerdict {
  std::string host;
  Verdict verdict;
};
std::vector<HostVerdict> JudgeAsServer(const PeerVerifier& verifier, const std::vector<x509::Certificate>& chain,
                                       absl::Time now);
Verdict JudgeAsClient(const PeerVerifier& verifier, const std::vector<x509::Certificate>& chain, absl::Time now);

// Whether clients with this pin set dial a host that the names cover.
bool IsForListedHost(const PinSet& pin_set, const x509::SubjectAltNames& names);

// Adds the consequence of `verdict` for the owner of the chain in `file`: an ERROR `refused_code`, a WARNING if only
// report-only accepts it, or nothing. `subject` begins the text: "clients with orders.json would refuse it as
// \"localhost\"".
void AddVerdict(const Verdict& verdict, const std::string& refused_code, const std::string& file,
                const std::string& subject, std::vector<Finding>* findings);

// Adds a WARNING if the key in `file` is a BACKUP in `pin_set_file`: a key in use is no longer a backup.
void AddServedBackup(const Verdict& verdict, const std::string& file, const std::string& pin_set_file,
                     std::vector<Finding>* findings);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_JUDGED_CHAIN_H_
