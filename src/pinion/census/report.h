// Sums up who would accept a candidate.
#ifndef PINION_CENSUS_REPORT_H_
#define PINION_CENSUS_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pinion/v1/census.pb.h"
#include "pinion/workload_status.h"

namespace pinion {

// Whether a rotation waits for these processes.
bool Blocks(const PeerAdoption& peer);
// The number of those that do.
int64_t CountBlocking(const std::vector<PeerAdoption>& peers);

// A listed peer, as a server sees it of which no process was ever connected.
PeerAdoption NeverSeen(const std::string& peer);

v1::ConnectionSide ToProto(Side side);

// Who these are: "orders x2 PIN_MISMATCH with pin set 41; billing x1 has not answered".
std::string ToString(const std::vector<PeerAdoption>& peers);
// Those that block.
std::vector<PeerAdoption> Blocking(const std::vector<PeerAdoption>& peers);

// Whether the candidate can be presented, and who blocks it: "the next key sha256/…= must wait: 3 of 214 processes
// would refuse it or have not said: orders x2 PIN_MISMATCH with pin set 41; billing x1 has not answered".
std::string ToString(const AdoptionStatus& status);

v1::AdoptionReport ReportOf(const AdoptionStatus& status);

}  // namespace pinion

#endif  // PINION_CENSUS_REPORT_H_
