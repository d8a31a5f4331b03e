// The result of verifying a peer.
#ifndef PINION_HANDSHAKE_VERDICT_H_
#define PINION_HANDSHAKE_VERDICT_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "pinion/pin/pin.h"
#include "pinion/v1/reason.pb.h"
#include "pinion/x509/certificate.h"

namespace pinion {

// A value type. A default-constructed Verdict is a refusal. All text is printable ASCII, regardless of the peer's
// input.
struct Verdict {
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  // The explanation of a refusal: the problem, what was presented, what was expected, and the next step. Any of them
  // may be empty.
  std::string problem;
  std::string presented;
  std::string expected;
  std::string next_step;
  // The peer's name in the pin set; empty if it is not listed or was not looked up.
  std::string peer;
  // The pin that matched; empty if the peer is refused, unlisted, or accepted only under report-only.
  std::optional<PeerPin> matched;
  // If accepted only under report-only: why the peer would have been refused; the text fields above are then filled in.
  // Otherwise unspecified.
  v1::Reason report_only_reason = v1::REASON_UNSPECIFIED;
  // If accepted: OpenSSL, which uses the first matching issuer, does not find this path. gRPC's own check, which comes
  // first in a live connection, uses OpenSSL and refuses the peer.
  bool grpc_finds_no_path = false;
  // If accepted: the verdict is valid before this time; afterwards, verify again.
  absl::Time holds_until = absl::InfinitePast();
  // The presented leaf, if it could be parsed.
  std::optional<x509::Certificate> leaf;

  bool accepted() const { return reason == v1::ACCEPTED; }
  // One line: "PIN_MISMATCH: problem; presented …; expected …; next step". "ACCEPTED" if there is nothing to explain.
  std::string ToString() const;
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_VERDICT_H_
