// Keeps a census on disk.
#ifndef PINION_CENSUS_CENSUS_STORE_H_
#define PINION_CENSUS_CENSUS_STORE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/v1/census.pb.h"

namespace pinion {

// The census in a file. NotFound if there is none; InvalidArgument if it is no census.
absl::StatusOr<v1::CensusFile> ReadCensus(const std::string& path);

// Writes censuses to one file, which only the owner may read, and which belongs to one process. Not thread-safe.
class CensusStore {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(5);
  static constexpr absl::Duration kFresh = absl::Minutes(1);

  explicit CensusStore(std::string path) : path_(std::move(path)) {}

  // As ReadCensus. The next Write replaces what was read.
  absl::StatusOr<v1::CensusFile> Read();
  // Whether kInterval has passed since the last Write, or more if that took long.
  bool IsDue() const;
  // Replaces the file, unless it says the same, apart from `written`, and is less than kFresh old. Aborted if another
  // process has written it since the last Read or Write; it is then as it was.
  absl::Status Write(v1::CensusFile census, absl::Time now);

 private:
  const std::string path_;
  std::string last_;  // without `written`
  absl::Time written_ = absl::InfinitePast();
  std::optional<std::string> on_disk_;      // as of the last Read or Write; empty if there was no file
  absl::Time next_ = absl::InfinitePast();  // by the steady clock
};

}  // namespace pinion

#endif  // PINION_CENSUS_CENSUS_STORE_H_
