// The state of a workload: the configuration in effect, errors in newer configuration, and live connections.
#ifndef PINION_WORKLOAD_STATUS_H_
#define PINION_WORKLOAD_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/v1/pin_set.pb.h"
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
  Side side = Side::kClient;  // that this process is on
  std::string address;        // the peer's: "127.0.0.1:4711"
  std::string peer;           // its name in the pin set; empty if it is not listed
  std::string presented_pin;  // "sha256/…="
  absl::Time since;           // when it was first seen
  // Without the exchange about the next identity, which is counted for up to a second when it begins.
  int64_t calls_in_flight = 0;
  // ACCEPTED; otherwise the connection is being drained for this reason.
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  // Of the pin that the peer's key matches; unspecified if it matches none.
  v1::PinState pin_state = v1::PIN_STATE_UNSPECIFIED;
};

// Something that ends, such as a certificate.
struct EndingStatus {
  std::string what;  // as in ExpiryEvent
  absl::Time ends;
};

// Whose signatures made the pin set in effect valid.
struct FleetStatus {
  std::string fleet;  // its name
  int64_t epoch = 0;
  int64_t trust_version = 0;
  int64_t revocations_version = 0;  // 0 if there are no revocations
};

// Whether the processes of a peer would accept the next identity of this process.
enum class AdoptionState {
  kAccepting,  // they would, by the last answer of each
  kBehind,     // they would refuse it
  kSilent,     // they are connected, and have not answered
  kGone,       // they left without saying that they would accept it, and nothing has replaced them
  kNeverSeen,  // the pin set lists the peer, and no process of it has been connected
  kMissing,    // they accepted it before the process switched to it, and have not connected since
  kAttested,   // they take no part, and a process on their host says that their files would accept it
};

// Processes of one peer in the same state.
struct PeerAdoption {
  // The side that this process is on.
  Side side = Side::kServer;
  std::string peer;        // its name in the pin set, or the name in its certificate if it is not listed
  bool is_listed = false;  // in the pin set
  AdoptionState state = AdoptionState::kNeverSeen;
  int64_t count = 0;  // of processes; of connections of those that take no part
  // If kBehind: why they would refuse it.
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  // The version of their pin set; the lowest, if it is not the same. 0 if it is not known.
  int64_t pin_set_version = 0;
  absl::Time last_seen = absl::InfinitePast();
  bool is_excluded = false;  // by AdoptionOptions::exclude: a rotation does not wait for them
};

// Whether a process presents its next identity.
enum class AdoptionGate {
  kManual,    // it does not by itself
  kHeld,      // not yet: a process blocks, or none has been asked
  kSettling,  // no process has blocked for less than two drain windows
  kSwitched,  // it does
};

// What is known about the next identity.
struct AdoptionStatus {
  std::string candidate;  // the pin of its key: "sha256/…="
  absl::Time offered_at;  // to the peers that were connected
  // When the last one said that it would accept it; InfiniteFuture while a process blocks.
  absl::Time accepted_at = absl::InfiniteFuture();
  // Those that are known. If kSwitched, those that are kMissing, from two drain windows after the switch on.
  std::vector<PeerAdoption> peers;
  // The number of processes that are kBehind, kSilent or kGone, and not excluded.
  int64_t blocking = 0;
  AdoptionGate gate = AdoptionGate::kManual;
  absl::Time switched_at = absl::InfiniteFuture();
  // If kHeld and no process blocks: why.
  std::string held;
};

struct WorkloadStatus {
  // The number of the snapshot in effect. It starts at 1 and increases with each change.
  int64_t generation = 0;
  SourceStatus identity;
  std::optional<SourceStatus> next_identity;  // of a workload that is configured to have one
  std::optional<SourceStatus> server_roots;   // of a workload that calls
  std::optional<SourceStatus> client_roots;   // of a workload that serves
  SourceStatus pin_set;
  std::optional<SourceStatus> shadow_pin_set;  // of a workload that is configured to have one
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
  // The names in the process's own certificate, and the pin of its key: "sha256/…=".
  std::vector<std::string> own_names;
  std::string own_pin;
  // When the process's own certificate expires.
  absl::Time certificate_expires;
  // When the first of the currently accepted pins expires; InfiniteFuture if none of them expires.
  absl::Time pin_expires = absl::InfiniteFuture();
  // Who would accept the next identity. Empty if there is none.
  std::optional<AdoptionStatus> adoption;
  // The connections of channels from CreateChannel and servers from Listen; credentials alone do not track their
  // connections. A connection is listed within 0.1 s after its handshake.
  std::vector<ConnectionStatus> connections;
  // The certificates, roots, pins, proofs and periods that end first, at most 100, in this order.
  std::vector<EndingStatus> endings;
  // The latest refusals, newest first: at most 50, with one entry for all of a peer for the same reason. Its `count` is
  // their number since the workload was created.
  std::vector<HandshakeEvent> refusals;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_STATUS_H_
