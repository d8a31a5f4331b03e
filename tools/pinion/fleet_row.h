// Which pin set the processes of a fleet have in effect, by what they have written.
#ifndef PINION_TOOLS_PINION_FLEET_ROW_H_
#define PINION_TOOLS_PINION_FLEET_ROW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pinion::cli {

// One process.
struct FleetRow {
  // Where this is known from: a key of etcd, or a file.
  std::string key;
  // CURRENT, BEHIND, FAILING, STALE or UNREADABLE.
  std::string state;
  std::string name;
  int64_t pin_set_version = 0;
  // 0 if it is not known.
  int64_t fleet_trust_version = 0;
  int64_t revocations_version = 0;
  // Of the adoption or, if FAILING, of the first failure. For a process that another one's census names: when that one
  // saw it first. InfinitePast if it is not known.
  absl::Time since = absl::InfinitePast();
  std::string error = {};
};

// What a file says, which is a status or a census: of the process that has written it, or of those that were connected
// to that process when it was written. CURRENT are those with `version` or a later one. InvalidArgument for other
// files.
absl::StatusOr<std::vector<FleetRow>> RowsOfFile(const std::string& file, int64_t version, absl::Time now);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FLEET_ROW_H_
