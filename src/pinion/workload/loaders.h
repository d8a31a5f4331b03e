// From the texts of a source to a valid value of each kind. Private to workload/.
#ifndef PINION_WORKLOAD_LOADERS_H_
#define PINION_WORKLOAD_LOADERS_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/authorization/policy.h"
#include "pinion/data_source.h"
#include "pinion/identity/identity.h"
#include "pinion/identity/peer_roots.h"
#include "pinion/pin/pin_set.h"
#include "pinion/source/reloadable.h"
#include "pinion/workload_options.h"

namespace pinion {

// Each names its file in errors, where it has one.

Reloadable<Identity>::Load IdentityLoader(const WorkloadOptions& options);

// `kind` is kServerRoots or kClientRoots. Gives back the roots in effect where the certificates are the same.
Reloadable<x509::TrustRoots>::Load PeerRootsLoader(const char* kind, const DataSource& roots);

// Refuses to go back: an old file copied over a newer one would bring revoked keys back to life. Refuses report-only
// that lasts too long (pin/report_only.h).
Reloadable<PinSet>::Load PinSetLoader(const DataSource& pin_set, const std::function<absl::Time()>& clock);

// `name` stands for the file where there is none. Gives back the policy in effect where it says the same.
Reloadable<AuthorizationPolicy>::Load PolicyLoader(const char* name, const DataSource& policy);

}  // namespace pinion

#endif  // PINION_WORKLOAD_LOADERS_H_
