// What of a snapshot ends, and when. Private to workload/.
#ifndef PINION_WORKLOAD_ENDINGS_H_
#define PINION_WORKLOAD_ENDINGS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/workload/snapshot.h"

namespace pinion {

// Its pointers are valid as long as the snapshot.
struct Ending {
  enum class Kind { kOwnCertificate, kTrustRoot, kPinSet, kReportOnly, kProof, kPin };

  Kind kind;
  absl::Time ends;
  const x509::Certificate* certificate = nullptr;  // of kOwnCertificate and kTrustRoot
  const PinSet* pin_set = nullptr;                 // of kPinSet
  const Peer* peer = nullptr;                      // of the others
  const PeerPin* pin = nullptr;                    // of kProof and kPin
};

// The own certificates, the trust roots, the pin set, its report-only periods, and its pins and proofs.
std::vector<Ending> EndingsOf(const Snapshot& snapshot);

// As ExpiryEvent::what.
std::string Describe(const Ending& ending);

}  // namespace pinion

#endif  // PINION_WORKLOAD_ENDINGS_H_
