// The state of a workload: the configuration in effect, errors in newer configuration, and live connections.
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

// The state of one part of the configuration.
struct SourceStatus {
  // The number of values adopted so far; the first is 1.
  int64_t generation = 0;
  // When the value in effect was adopted.
  absl::Time adopted_at = absl::InfinitePast();
  // Where the value in effect comes from: the paths of its files, joined by ", ". Empty if it was given in code.
  std::string provenance;
  // The version of the value in effect, in the terms of its source: of files, the latest time at which one of them was
  // modified, in RFC 3339 and UTC; a copy of a file may keep that time. Empty if it was given in code.
  std::string revision;
  // OK, or what has been wrong with the source's content since `failing_since`. The value in effect stays in effect.
  absl::Status error;
  absl::Time failing_since = absl::InfiniteFuture();
};

// A live connection and the current verdict on it.
struct ConnectionStatus {
  std::string address;        // the peer's: "127.0.0.1:4711"
  std::string peer;           // its name in the pin set; empty if it is not listed
  std::string presented_pin;  // "sha256/…="
  absl::Time since;           // when it was first seen
  int64_t calls_in_flight = 0;
  // ACCEPTED; otherwise the connection is being drained for this reason.
  v1::Reason reason = v1::REASON_UNSPECIFIED;
};

// Whose signatures made the pin set in effect valid.
struct FleetStatus {
  std::string fleet;  // its name
  int64_t epoch = 0;
  int64_t trust_version = 0;
  int64_t revocations_version = 0;  // 0 if there are no revocations
};

struct WorkloadStatus {
  // The number of the snapshot in effect. It starts at 1 and increases with each change.
  int64_t generation = 0;
  SourceStatus identity;
  std::optional<SourceStatus> server_roots;  // of a workload that calls
  std::optional<SourceStatus> client_roots;  // of a workload that serves
  SourceStatus pin_set;
  // Empty if the workload has no such policy.
  std::optional<SourceStatus> policy;
  std::optional<SourceStatus> shadow_policy;
  // Present in a workload from a configuration file. The error lists the changes that a restart would apply.
  std::optional<SourceStatus> config;
  int64_t pin_set_version = 0;
  // From then on, new connections are refused. InfiniteFuture if the pin set does not expire.
  absl::Time pin_set_expires = absl::InfiniteFuture();
  // Empty if the pin set is not signed.
  std::optional<FleetStatus> fleet;
  // OK, or why the pin set in effect is not recorded in WorkloadOptions::state_dir, so that a restarted process might
  // adopt an older one. FailedPrecondition if a newer one is recorded, or Unauthenticated if the recorded trust file
  // has another successor, so that a process would not start with this one.
  absl::Status state_error;
  // When the process's own certificate expires.
  absl::Time certificate_expires;
  // When the first of the currently accepted pins expires; InfiniteFuture if none of them expires.
  absl::Time pin_expires = absl::InfiniteFuture();
  // The connections of channels from CreateChannel and servers from Listen; credentials alone do not track their
  // connections. A connection is listed within 0.1 s after its handshake.
  std::vector<ConnectionStatus> connections;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_STATUS_H_
