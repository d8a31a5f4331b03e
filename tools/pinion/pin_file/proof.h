// Proofs that somebody holds the key of a BACKUP pin: a certificate request, signed by that key on a given day.
#ifndef PINION_TOOLS_PINION_PIN_FILE_PROOF_H_
#define PINION_TOOLS_PINION_PIN_FILE_PROOF_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"
#include "pinion/x509/pki/certificate_request.h"

namespace pinion::cli {

// The number of days after its date within which a request is accepted.
inline constexpr int kProofDays = 30;

// The command line of `openssl req` that makes a request for the key in `key_file`, with the names of the peer and
// today's date. On the day that the BACKUP is needed, the same request is what a CA asks for. InvalidArgument if one of
// the peer's names cannot be given on a command line.
absl::StatusOr<std::string> ProofCommand(const Peer& peer, const std::string& key_file, const std::string& request_file,
                                         absl::Time now);

// Whether the request asks for the names of this peer of the pin set, and for no other's, and has a date from
// kProofDays ago to tomorrow. Returns its date; FailedPrecondition otherwise.
absl::StatusOr<absl::Time> CheckProof(const PinSet& pin_set, const Peer& peer, const x509::CertificateRequest& request,
                                      absl::Time now);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_PROOF_H_
