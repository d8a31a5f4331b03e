// What a workload presents and judges by, all of one moment.
#ifndef PINION_WORKLOAD_SNAPSHOT_H_
#define PINION_WORKLOAD_SNAPSHOT_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "pinion/authorization/policy.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/identity/identity.h"
#include "pinion/pin/pin_set.h"
#include "pinion/workload_options.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {

// Immutable. Handshakes, calls, the audit and the status of one moment go by the same one.
struct Snapshot {
  int64_t generation = 0;  // counts snapshots, from 1
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<const x509::TrustRoots> server_roots;  // null where the workload does not call
  std::shared_ptr<const x509::TrustRoots> client_roots;  // null where it does not serve
  std::shared_ptr<const PinSet> pin_set;
  std::shared_ptr<const AuthorizationPolicy> policy;         // null where it does not serve
  std::shared_ptr<const AuthorizationPolicy> shadow_policy;  // null where there is none
  // Of servers by server_roots, and of clients by client_roots. Another object than in the snapshot before where what
  // it judges by is another; null like its roots.
  std::shared_ptr<const PeerVerifier> server_verifier;
  std::shared_ptr<const PeerVerifier> client_verifier;
};

// What the options name, read and validated once, with `generation` 0; not checked against our own side, nor for how
// long report-only lasts. For tools. The error is the first part's that is faulty, and names its file.
absl::StatusOr<Snapshot> LoadSnapshot(const WorkloadOptions& options);

// Takes over the verifiers of the snapshot before where they judge by the same, and makes them anew where not.
void MakeVerifiers(const WorkloadOptions& options, const Snapshot& before, Snapshot* snapshot);

}  // namespace pinion

#endif  // PINION_WORKLOAD_SNAPSHOT_H_
