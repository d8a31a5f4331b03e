// A source of configuration: it can be read repeatedly, and it pushes changes.
#ifndef PINION_SOURCE_SOURCE_H_
#define PINION_SOURCE_SOURCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pinion {

// What a source holds at one point in time.
struct SourceContent {
  // They belong together. The creator of the source defines their order.
  std::vector<std::string> texts;
  // Where they come from: the paths of files, joined by ", ". Empty for constant texts.
  std::string provenance;
  // The version of the texts in the source's terms: of files, the latest time at which one of them was modified, which
  // a copy may keep. Empty for constant texts.
  std::string revision;
  // What has happened to the source that an operator should know. Reported once.
  std::string notice = {};
};

// Receives the changes that sources push.
class SourceListener {
 public:
  // The content of a source may have changed; the receiver must determine whether it has. Called on one of the source's
  // threads.
  virtual void OnMaybeChanged() = 0;

 protected:
  ~SourceListener() = default;
};

// Implement it to load from other sources than files. Each function is called by one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  // After an error, the value in effect stays in effect.
  virtual absl::StatusOr<SourceContent> Read() = 0;
  // The content that was adopted last, for a start while Read fails or returns what cannot be adopted; NotFound if
  // there is none.
  virtual absl::StatusOr<SourceContent> ReadKept() { return absl::NotFoundError("there is no copy"); }
  // Whether Read always returns the same content.
  virtual bool is_constant() const = 0;
  // Starts pushing changes: calls the listener once soon, and after each change. Called at most once. A listener of
  // several sources may be called once for changes that occur together.
  virtual void StartPushing(SourceListener* listener) = 0;
  // Stops pushing changes: this source does not call the listener after it returns. May stop sources that were opened
  // together with this one, too. Must not be called within OnMaybeChanged.
  virtual void StopPushing() = 0;
};

}  // namespace pinion

#endif  // PINION_SOURCE_SOURCE_H_
