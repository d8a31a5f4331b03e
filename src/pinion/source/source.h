// Where configuration comes from: anything that can be read again.
#ifndef PINION_SOURCE_SOURCE_H_
#define PINION_SOURCE_SOURCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pinion {

// Implement it to load from something else than files. Read is called by one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  // The texts that belong together, all of one moment, in an order that the source's maker knows. An error leaves what
  // is in force as it is.
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

}  // namespace pinion

#endif  // PINION_SOURCE_SOURCE_H_
