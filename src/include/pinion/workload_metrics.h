// What a workload has counted since it was created, for monitoring.
#ifndef PINION_WORKLOAD_METRICS_H_
#define PINION_WORKLOAD_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/v1/reason.pb.h"
#include "pinion/workload_status.h"

namespace pinion {

// In all of these, `peer` is the peer's name in the pin set; empty if it is not listed. No other text comes from a
// peer, so that a peer cannot add entries.

struct HandshakeCount {
  Side side = Side::kClient;
  std::string peer;
  v1::Reason reason = v1::REASON_UNSPECIFIED;  // ACCEPTED, or why the peer was refused
  int64_t count = 0;
};

// Accepted handshakes, by the state of the pin that the peer's key matched.
struct PinMatchCount {
  Side side = Side::kClient;
  std::string peer;
  v1::PinState state = v1::PIN_STATE_UNSPECIFIED;
  int64_t count = 0;
};

// Calls that a server from Listen has decided.
struct CallCount {
  bool allowed = false;
  std::string reason;  // "ALLOW_RULE", "DENY_RULE", "NO_RULE", "NOT_A_METHOD_PATH" or "MALFORMED_HEADER"
  std::string rule;    // of DENY_RULE
  int64_t count = 0;
};

// Live connections of channels from CreateChannel and servers from Listen.
struct ConnectionCount {
  Side side = Side::kClient;
  std::string peer;
  int64_t count = 0;
};

// Connections of peers that were no longer accepted.
struct ClosedConnectionCount {
  Side side = Side::kClient;
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  bool closed_immediately = false;  // otherwise within the drain window
  int64_t count = 0;
};

// As ReloadEvent.
struct ReloadCount {
  std::string source;
  bool adopted = false;  // otherwise its content was rejected
  int64_t count = 0;
};

// The earliest end of a pin of the peer that is accepted now.
struct PinEnding {
  std::string peer;
  absl::Time ends;
};

// How many durations were at most so long.
struct Distribution {
  // In seconds. There is one more bucket, for longer ones.
  static constexpr std::array<double, 12> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30};
  std::array<int64_t, kBounds.size() + 1> counts = {};  // of each bucket alone
  double sum = 0;                                       // in seconds
};

struct WorkloadMetrics {
  // Without `connections`, `endings` and `refusals`.
  WorkloadStatus status;
  std::vector<HandshakeCount> handshakes;
  std::vector<PinMatchCount> pin_matches;
  std::vector<CallCount> calls;
  std::vector<ConnectionCount> connections;
  std::vector<ClosedConnectionCount> closed_connections;
  std::vector<ReloadCount> reloads;
  // From a source's notice of a change, or the call of Workload::Reload, until the change was in force; and until the
  // last connection with a key that it revokes was closed.
  Distribution reload_to_force;
  Distribution reload_to_close;
  std::vector<PinEnding> pin_endings;
  // When the first certificate of the roots of each side, and that of the next identity, ends. InfiniteFuture if there
  // is none.
  absl::Time server_roots_expire = absl::InfiniteFuture();
  absl::Time client_roots_expire = absl::InfiniteFuture();
  absl::Time next_certificate_expires = absl::InfiniteFuture();
  // BACKUP pins without a proof from the last 180 days that their key exists. 0 if the pin set has no proofs at all.
  int64_t unproven_backups = 0;
  // Events that an application's sink has not received, since it was too slow or threw.
  int64_t events_lost = 0;
  // Calls that no event and no line of the audit reports, since they came too fast.
  int64_t audit_lost = 0;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_METRICS_H_
