// A source of configuration: anything that can be read repeatedly.
#ifndef PINION_SOURCE_SOURCE_H_
#define PINION_SOURCE_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/data_source.h"

namespace pinion {

// Implement it to load from other sources than files. Read is called by one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  // Returns the texts that belong together, from one point in time, in an order that the creator of the source defines.
  // After an error, the value in effect stays in effect.
  virtual absl::StatusOr<std::vector<std::string>> Read() = 0;
};

// Reads files repeatedly until none of them changes during the read, so that all texts are from the same point in time,
// regardless of how the files are replaced: in place, by rename, or by a symbolic link on the path such as Kubernetes'
// ..data.
class FileSource final : public Source {
 public:
  explicit FileSource(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  // Also returns Unavailable if the files change continuously.
  absl::StatusOr<std::vector<std::string>> Read() override;

 private:
  const std::vector<std::string> paths_;
};

// Opens a source of parts that belong together, in this order; its files are read as a FileSource.
std::shared_ptr<Source> OpenSource(const std::vector<DataSource>& parts);

}  // namespace pinion

#endif  // PINION_SOURCE_SOURCE_H_
