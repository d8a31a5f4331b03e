// A live connection as a status shows it.
#ifndef PINION_CONNECTION_CONNECTION_STATUS_H_
#define PINION_CONNECTION_CONNECTION_STATUS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {

// A live connection, as it is judged now.
struct ConnectionStatus {
  std::string address;        // the peer's: "127.0.0.1:4711"
  std::string peer;           // its name in the pin set; empty where it is not in it
  std::string presented_pin;  // "sha256/…="
  absl::Time since;           // when it was first seen
  int64_t calls_in_flight = 0;
  // ACCEPTED; else it is being drained, for this reason.
  v1::Reason reason = v1::REASON_UNSPECIFIED;
};

}  // namespace pinion

#endif  // PINION_CONNECTION_CONNECTION_STATUS_H_
