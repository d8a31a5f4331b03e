// What is in effect in a workload, and what is wrong with what should be.
#ifndef PINION_WORKLOAD_STATUS_H_
#define PINION_WORKLOAD_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {

// How one part of the configuration stands.
struct SourceStatus {
  // Counts what was adopted; the first is 1.
  int64_t generation = 0;
  // When that was.
  absl::Time adopted_at = absl::InfinitePast();
  // OK, or what is wrong with what the source gives since `failing_since`. What is in effect stays.
  absl::Status error;
  absl::Time failing_since = absl::InfiniteFuture();
};

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

struct WorkloadStatus {
  // Of the snapshot that is in effect: counts the changes, from 1.
  int64_t generation = 0;
  SourceStatus identity;
  std::optional<SourceStatus> server_roots;  // of a workload that calls
  std::optional<SourceStatus> client_roots;  // of a workload that serves
  SourceStatus pin_set;
  // Empty where there is none.
  std::optional<SourceStatus> policy;
  std::optional<SourceStatus> shadow_policy;
  // Of a workload from a configuration file. The error is what a restart would apply.
  std::optional<SourceStatus> config;
  int64_t pin_set_version = 0;
  // Our certificate's end.
  absl::Time certificate_expires;
  // The first end among the pins that are accepted today; InfiniteFuture when none has one.
  absl::Time pin_expires = absl::InfiniteFuture();
  // Of channels from CreateChannel and servers from Listen; credentials alone do not know theirs. A connection is
  // listed within 0.1 s after its handshake.
  std::vector<ConnectionStatus> connections;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_STATUS_H_
