// A consistent snapshot of what a workload presents and verifies peers with.
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

// Immutable. At any time, handshakes, calls, the audit and the status use the same snapshot.
struct Snapshot {
  int64_t generation = 0;  // counts snapshots, from 1
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<const Identity> next_identity;         // null if there is none
  bool next_identity_fails = false;                      // its files hold none that can be used
  std::shared_ptr<const x509::TrustRoots> server_roots;  // null if the workload does not call
  std::shared_ptr<const x509::TrustRoots> client_roots;  // null if it does not serve
  std::shared_ptr<const PinSet> pin_set;
  std::shared_ptr<const PinSet> shadow_pin_set;              // null if there is none
  std::shared_ptr<const AuthorizationPolicy> policy;         // null if it does not serve
  std::shared_ptr<const AuthorizationPolicy> shadow_policy;  // null if there is none
  // Verifies servers with server_roots, and clients with client_roots. A verifier is replaced by a new object only if
  // its inputs change. It is null if its roots are.
  std::shared_ptr<const PeerVerifier> server_verifier;
  std::shared_ptr<const PeerVerifier> client_verifier;
  // The same with shadow_pin_set; null if it is.
  std::shared_ptr<const PeerVerifier> shadow_server_verifier;
  std::shared_ptr<const PeerVerifier> shadow_client_verifier;

  // Whether the process has switched to its next identity, and `identity` in its options is still the one before.
  bool PresentsNext() const { return next_identity != nullptr && identity == next_identity; }
};

// Reads and validates once what the options name, apart from the shadow pin set; `generation` is 0. Does not check the
// own identity against the pin set, how long report-only lasts, or the pin set's floor. For tools. Returns the error of
// the first invalid part, with the name of its file. Of a pin set in etcd, reads the copy in state_dir, and also judges
// what is needed to call etcd.
absl::StatusOr<Snapshot> LoadSnapshot(const WorkloadOptions& options);

// The same for the shadow pin set; null if there is none.
absl::StatusOr<std::shared_ptr<const PinSet>> LoadShadowPinSet(const WorkloadOptions& options);

// Reuses the verifiers of the previous snapshot if their inputs are unchanged, and otherwise creates new ones.
void MakeVerifiers(const WorkloadOptions& options, const Snapshot& before, Snapshot* snapshot);

}  // namespace pinion

#endif  // PINION_WORKLOAD_SNAPSHOT_H_
