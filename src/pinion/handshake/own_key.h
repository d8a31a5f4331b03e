// Would peers with this process's pin set accept its key? Asked before a key is used.
#ifndef PINION_HANDSHAKE_OWN_KEY_H_
#define PINION_HANDSHAKE_OWN_KEY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/path/path.h"

namespace pinion {

// `path` is our own certificate's, leaf first; `purpose` is what we use it for. FailedPrecondition, with the reason
// code and what to do, when a key on it is REVOKED, when the pin set lists us (by identity, or by a host that our
// certificate is for) without a pin for our key that holds at `now`, or when a client's names are those of two peers.
// OK when it does not list us, and while report-only excuses us. `*warning` says so in that case, and when our pin is
// RETIRING: a replica may restart in the middle of a rotation.
absl::Status CheckOwnKey(const PinSet& pin_set, const std::vector<x509::Certificate>& path, x509::Purpose purpose,
                         absl::Time now, std::string* warning);

// The peers one of whose pins is this very key or certificate, REVOKED ones aside.
std::vector<const Peer*> FindByOwnPin(const PinSet& pin_set, const x509::Certificate& leaf);

// What clients with the pin set may dial and the names cover; for a wildcard of the pin set, a name under it.
std::vector<std::string> HostsCovered(const PinSet& pin_set, const x509::SubjectAltNames& names);

}  // namespace pinion

#endif  // PINION_HANDSHAKE_OWN_KEY_H_
