// What a process says in all of its exchanges.
#ifndef PINION_ADOPTION_POSITION_H_
#define PINION_ADOPTION_POSITION_H_

#include <memory>
#include <string>
#include <vector>

#include "pinion/v1/adoption.pb.h"
#include "pinion/workload/snapshot.h"

namespace pinion {

// The most certificates in a candidate, and bytes of them: what the protocol allows (proto/pinion/v1/adoption.proto).
constexpr int kMostCandidates = 2;
constexpr int kMostCertificates = 10;
constexpr size_t kMostCandidateBytes = size_t{16} << 10;

// Immutable. Made once for each snapshot.
struct Position {
  std::shared_ptr<const Snapshot> snapshot;
  // Without answers.
  v1::Statement statement;
  // The digest of the candidate, in hexadecimal, and the pin of its key: "sha256/…="; empty if there is none, or if it
  // is presented already.
  std::string candidate;
  std::string candidate_pin;
  // The digest of the leaf that is presented now.
  std::string presented;
};

// `process` is the random id of this process; `attests` is as in AdoptionOptions.
std::shared_ptr<const Position> PositionOf(std::shared_ptr<const Snapshot> snapshot, const std::string& process,
                                           bool attests = false);

// The digest that an answer to the candidate names; empty if it cannot be computed.
std::string DigestOf(const v1::Candidate& candidate);

// Returns InvalidArgument unless the statement is what the protocol allows.
absl::Status CheckStatement(const v1::Statement& statement);

}  // namespace pinion

#endif  // PINION_ADOPTION_POSITION_H_
