// Loaders that build a valid value of each kind from the texts of a source.
#ifndef PINION_LOADING_LOADERS_H_
#define PINION_LOADING_LOADERS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/authorization/policy.h"
#include "pinion/data_source.h"
#include "pinion/identity/identity.h"
#include "pinion/identity/peer_roots.h"
#include "pinion/pin/pin_set.h"
#include "pinion/pin/pin_set_floor.h"
#include "pinion/source/reloadable.h"
#include "pinion/workload_options.h"

namespace pinion {

// Errors contain the name of the file, if there is one.

Reloadable<Identity>::Load IdentityLoader(const DataSource& certificate, const DataSource& private_key);

// `kind` is kServerRoots or kClientRoots. Returns the roots in effect if the certificates are unchanged.
Reloadable<x509::TrustRoots>::Load PeerRootsLoader(const char* kind, const DataSource& roots);

// Which pin sets are too old for these options.
PinSetFloor FloorOf(const WorkloadOptions& options);

// The texts are those of Sources::pin_set. Checks the signatures and the documents, but no predecessor.
absl::StatusOr<std::shared_ptr<const PinSet>> ParsePinSet(const WorkloadOptions& options,
                                                          const std::vector<std::string>& texts);

// Rejects an older version, since an old file copied over a newer one would make revoked keys valid again: older than
// the one in effect, than one that was adopted before a restart, or than the required one. A later epoch of the fleet
// precedes every version. Rejects a trust that does not follow the one in effect, and report-only that lasts too long
// (pin/report_only.h).
Reloadable<PinSet>::Load PinSetLoader(const WorkloadOptions& options);

// Of a pin set that decides nothing, and therefore needs no signature and replaces any other.
Reloadable<PinSet>::Load ShadowPinSetLoader(const WorkloadOptions& options);

// Errors contain `name` if there is no file. Returns the policy in effect if the content is unchanged.
Reloadable<AuthorizationPolicy>::Load PolicyLoader(const char* name, const DataSource& policy);

}  // namespace pinion

#endif  // PINION_LOADING_LOADERS_H_
