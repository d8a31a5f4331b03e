// The outcome of judging a peer.
#ifndef PINION_HANDSHAKE_VERDICT_H_
#define PINION_HANDSHAKE_VERDICT_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "pinion/pin/pin.h"
#include "pinion/v1/reason.pb.h"
#include "pinion/x509/certificate.h"

namespace pinion {

// A value. A default-constructed Verdict refuses. All text is printable ASCII, whatever the peer sent.
struct Verdict {
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  // A refusal explains itself: what is wrong, what was presented, what was expected, what to do. Any may be empty.
  std::string problem;
  std::string presented;
  std::string expected;
  std::string next_step;
  // The peer's name in the pin set; empty where it is not in it, or was not looked for.
  std::string peer;
  // The pin that let it in; empty when refused, unlisted, or excused.
  std::optional<PeerPin> matched;
  // Accepted under report-only: why it would have been refused, with the text fields above filled in. Else unspecified.
  v1::Reason excused = v1::REASON_UNSPECIFIED;
  // When accepted: the path is one that OpenSSL, which takes the first issuer that fits, does not find in what was
  // sent. gRPC's own check, which comes first in a live connection, is OpenSSL's and refuses it.
  bool grpc_finds_no_path = false;
  // When accepted: until when the same verdict stands. From then on judge again.
  absl::Time holds_until = absl::InfinitePast();
  // What was presented, where it could be parsed.
  std::optional<x509::Certificate> leaf;

  bool accepted() const { return reason == v1::ACCEPTED; }
  // One line: "PIN_MISMATCH: problem; presented …; expected …; next step". "ACCEPTED" with nothing more to say.
  std::string ToString() const;
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_VERDICT_H_
