// Checks whether peers with this process's pin set would accept its key. It runs before a key is used.
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

// `path` is the path of the process's own certificate, leaf first; `purpose` is the side of TLS that it is used for.
// Returns FailedPrecondition, with the reason code and the next step, if a key on the path is REVOKED, if the pin set
// lists this process (by identity, or by a host that the certificate is for) without a pin for its key that is valid at
// `now`, or if a client's names belong to two peers. Returns OK if the pin set does not list this process, and while
// report-only accepts its key. `*warning` reports the latter case and a RETIRING pin; neither is an error, since a
// replica may restart in the middle of a rotation.
absl::Status CheckOwnKey(const PinSet& pin_set, const std::vector<x509::Certificate>& path, x509::Purpose purpose,
                         absl::Time now, std::string* warning);

// The peers that have this exact key or certificate as a pin; REVOKED pins are ignored.
std::vector<const Peer*> FindByOwnPin(const PinSet& pin_set, const x509::Certificate& leaf);

// The hosts that clients with the pin set may dial and that the names cover; for a wildcard in the pin set, a name that
// it matches.
std::vector<std::string> HostsCovered(const PinSet& pin_set, const x509::SubjectAltNames& names);

}  // namespace pinion

#endif  // PINION_HANDSHAKE_OWN_KEY_H_
