// Records and reports the outcome of a reload. Private to workload/.
#ifndef PINION_WORKLOAD_COMMIT_H_
#define PINION_WORKLOAD_COMMIT_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/identity/peer_roots.h"
#include "pinion/source/reloadable.h"

namespace pinion {

// The value to put into effect, and why the source's content is not used.
template <typename T>
struct Candidate {
  std::shared_ptr<const T> value;
  absl::Status error;
};

// Returns the source's current value, or the value in effect and the error that keeps it there.
template <typename T>
Candidate<T> Read(Reloadable<T>* reloadable) {
  absl::StatusOr<std::shared_ptr<const T>> read = reloadable->Read();
  if (!read.ok()) return {reloadable->in_effect(), read.status()};
  return {*std::move(read), absl::OkStatus()};
}

// The same for a part that may not exist; then the value is null.
template <typename T>
Candidate<T> Read(std::optional<Reloadable<T>>* reloadable) {
  return reloadable->has_value() ? Read(&**reloadable) : Candidate<T>();
}

// Null if there is no such part.
template <typename T>
std::shared_ptr<const T> InEffect(const std::optional<Reloadable<T>>& reloadable) {
  return reloadable.has_value() ? reloadable->in_effect() : nullptr;
}

// Empty if there is no such part.
template <typename T>
std::optional<SourceStatus> StatusOf(const std::optional<Reloadable<T>>& reloadable) {
  return reloadable.has_value() ? std::optional<SourceStatus>(reloadable->status()) : std::nullopt;
}

struct ReloadContext {
  absl::Time now;
  std::vector<ReloadEvent>* news;
};

// Adopts or rejects the candidate, and adds an event if the outcome is new. Returns true if the value in effect
// changed.
template <typename T>
bool Commit(const char* name, const Candidate<T>& choice, const std::string& warning, const ReloadContext& context,
            Reloadable<T>* reloadable) {
  const bool was_failing = !reloadable->status().error.ok();
  const bool changed = choice.error.ok() && reloadable->Adopt(choice.value, context.now);
  if (choice.error.ok() ? changed || was_failing : reloadable->Reject(choice.error, context.now)) {
    context.news->push_back({context.now, name, reloadable->status().generation, std::string(choice.error.message()),
                             choice.error.ok() ? warning : ""});
  }
  return changed;
}

// The same for the roots of one side; a warning names those that are gone.
inline bool CommitRoots(const char* name, const Candidate<x509::TrustRoots>& choice, const ReloadContext& context,
                        Reloadable<x509::TrustRoots>* roots) {
  return Commit(name, choice, LostRoots(roots->in_effect().get(), *choice.value), context, roots);
}

}  // namespace pinion

#endif  // PINION_WORKLOAD_COMMIT_H_
