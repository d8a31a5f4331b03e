// The identity that a process is about to present. Private to workload/.
#ifndef PINION_WORKLOAD_NEXT_IDENTITY_H_
#define PINION_WORKLOAD_NEXT_IDENTITY_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

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
  // Adopts or rejects what Read returned; returns true if the value has changed. `warn` returns what an operator should
  // know about a value that is adopted.
  bool Commit(const Candidate<Identity>& read, const ReloadContext& context,
              const std::function<std::string(const std::shared_ptr<const Identity>&)>& warn);

  // The process switches to the key with this pin, "sha256/…=": the next identity is presented in place of the other
  // one while its key is that one, and the other's is not. Empty: it is not presented.
  void SwitchTo(std::string pin) { switched_to_ = std::move(pin); }
  const std::string& switched_to() const { return switched_to_; }
  // Which of the two is presented.
  Candidate<Identity> Choose(const Candidate<Identity>& identity, const Candidate<Identity>& next) const;

  // Null if there is none.
  std::shared_ptr<const Identity> value() const { return InEffect(reloadable_); }
  std::optional<SourceStatus> status() const { return StatusOf(reloadable_); }

 private:
  const DataSource certificate_;
  const DataSource private_key_;
  std::optional<Reloadable<Identity>> reloadable_;
  std::string switched_to_;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_NEXT_IDENTITY_H_
