// Would those who share our pin set believe us? Asked before a key or a pin set is used, so that nobody locks himself
// out.
#ifndef PINION_HANDSHAKE_OWN_KEY_H_
#define PINION_HANDSHAKE_OWN_KEY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"
#include "pinion/x509/certificate.h"

namespace pinion {

// `path` is our own certificate's, leaf first. FailedPrecondition, with the reason code and what to do, when something
// on it is REVOKED, or when the pin set lists us (by identity or host name) without a pin for our key that holds at
// `now`. OK when it does not list us. `*warning`, if our pin is RETIRING, says so: a replica may restart in the middle
// of a rotation.
absl::Status CheckOwnKey(const PinSet& pin_set, const std::vector<x509::Certificate>& path, absl::Time now,
                         std::string* warning);

}  // namespace pinion

#endif  // PINION_HANDSHAKE_OWN_KEY_H_
