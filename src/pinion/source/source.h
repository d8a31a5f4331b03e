// Where configuration comes from: anything that can be read again.
#ifndef PINION_SOURCE_SOURCE_H_
#define PINION_SOURCE_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/data_source.h"

namespace pinion {

// Implement it to load from something else than files. Read is called by one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  // The texts that belong together, all of one moment, in an order that the source's maker knows. An error leaves what
  // is in effect as it is.
  virtual absl::StatusOr<std::vector<std::string>> Read() = 0;
};

// Files, read again until none of them was changed meanwhile: by whatever way they are replaced (in place, by rename,
// by a symbolic link further up such as Kubernetes' ..data), no text is of another moment than the rest.
class FileSource final : public Source {
 public:
  explicit FileSource(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  // Also Unavailable when the files never keep still for long enough.
  absl::StatusOr<std::vector<std::string>> Read() override;

 private:
  const std::vector<std::string> paths_;
};

// Of parts that belong together, in this order; the files among them are read as a FileSource.
std::shared_ptr<Source> OpenSource(const std::vector<DataSource>& parts);

}  // namespace pinion

#endif  // PINION_SOURCE_SOURCE_H_
