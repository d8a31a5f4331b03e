// The identity that a process is about to use. Private to workload/.
#ifndef PINION_WORKLOAD_NEXT_IDENTITY_H_
#define PINION_WORKLOAD_NEXT_IDENTITY_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pinion/identity/identity.h"
#include "pinion/source/reloadable.h"
#include "pinion/workload/commit.h"
#include "pinion/workload_options.h"

namespace pinion {

// There is none if the options name none, or only files that do not exist. Not thread-safe.
class NextIdentity {
 public:
  // `source` is null if the options name none.
  NextIdentity(std::shared_ptr<Source> source, const WorkloadOptions& options);

  // What the source holds now.
  Candidate<Identity> Read();
  // Reads, and adopts or rejects the result; returns true if the value has changed. `warn` returns what an operator
  // should know about a value that is adopted.
  bool Reload(const ReloadContext& context,
              const std::function<std::string(const std::shared_ptr<const Identity>&)>& warn);

  // Null if there is none.
  std::shared_ptr<const Identity> value() const { return InEffect(reloadable_); }
  std::optional<SourceStatus> status() const { return StatusOf(reloadable_); }

 private:
  const DataSource certificate_;
  const DataSource private_key_;
  std::optional<Reloadable<Identity>> reloadable_;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_NEXT_IDENTITY_H_
