// What the censuses of several processes say together.
#ifndef PINION_CENSUS_MERGED_CENSUS_H_
#define PINION_CENSUS_MERGED_CENSUS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/workload_status.h"

namespace pinion {

struct MergedCensus {
  AdoptionStatus adoption;
  // What an operator should know: files that are not up to date.
  std::vector<std::string> remarks;
};

// Merges the files; a process that is connected to several of those that wrote them counts once, and one that has
// switched to the identity asks about it no longer. If all have, the gate is kSwitched. FailedPrecondition if they are
// not about the same next identity, or about none; any other error if a file cannot be read.
absl::StatusOr<MergedCensus> MergeCensuses(const std::vector<std::string>& files, absl::Time now);

// FailedPrecondition, with what blocks it, unless every process would accept `pin`, "sha256/…=", by these files.
absl::Status CheckAdoption(const std::vector<std::string>& files, const std::string& pin, absl::Time now);

// FailedPrecondition if a process that wrote one of these files presents the key with this pin, or may do so.
absl::Status CheckNotPresented(const std::vector<std::string>& files, const std::string& pin, absl::Time now);

}  // namespace pinion

#endif  // PINION_CENSUS_MERGED_CENSUS_H_
