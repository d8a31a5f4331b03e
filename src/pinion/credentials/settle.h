// Makes a reload's outcome known. Private to credentials/.
#ifndef PINION_CREDENTIALS_SETTLE_H_
#define PINION_CREDENTIALS_SETTLE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/reload/reloadable.h"
#include "pinion/telemetry/event_sink.h"

namespace pinion {

// What is to be in force, and why what the source gives is not.
template <typename T>
struct Choice {
  std::shared_ptr<const T> value;
  absl::Status error;
};

// Whose news it is, and when.
struct Occasion {
  Side side = Side::kClient;
  absl::Time now;
  std::vector<ReloadEvent>* news;
};

// Adopts or rejects, and notes it when that is news. True when something else is in force afterwards.
template <typename T>
bool Settle(const char* name, const Choice<T>& choice, const std::string& warning, const Occasion& occasion,
            Reloadable<T>* reloadable) {
  const bool was_failing = !reloadable->status().error.ok();
  const bool changed = choice.error.ok() && reloadable->Adopt(choice.value, occasion.now);
  if (choice.error.ok() ? changed || was_failing : reloadable->Reject(choice.error, occasion.now)) {
    occasion.news->push_back({occasion.now, occasion.side, name, reloadable->status().generation,
                              std::string(choice.error.message()), choice.error.ok() ? warning : ""});
  }
  return changed;
}

}  // namespace pinion

#endif  // PINION_CREDENTIALS_SETTLE_H_
