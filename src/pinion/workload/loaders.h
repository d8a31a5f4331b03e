// From the texts of a source to a valid value of each kind. Private to workload/.
#ifndef PINION_WORKLOAD_LOADERS_H_
#define PINION_WORKLOAD_LOADERS_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "pinion/identity/identity.h"
#include "pinion/identity/peer_roots.h"
#include "pinion/pin/pin_set.h"
#include "pinion/source/reloadable.h"

namespace pinion {

Reloadable<Identity>::Load IdentityLoader(const IdentityFiles& files);

// `kind` is kServerRoots or kClientRoots. Gives back the roots in effect where the certificates are the same.
Reloadable<x509::TrustRoots>::Load PeerRootsLoader(const char* kind, const std::string& file);

// Refuses to go back: an old file copied over a newer one would bring revoked keys back to life. Refuses report-only
// that lasts too long (pin/report_only.h).
Reloadable<PinSet>::Load PinSetLoader(const std::string& file, const std::function<absl::Time()>& clock);

}  // namespace pinion

#endif  // PINION_WORKLOAD_LOADERS_H_
