// A source that the test fills.
#ifndef PINION_TESTS_WORKLOAD_FAKE_SOURCE_H_
#define PINION_TESTS_WORKLOAD_FAKE_SOURCE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/source/source.h"

namespace pinion {

// Returns what the test sets, and pushes when the test says so.
class FakeSource final : public Source {
 public:
  absl::StatusOr<SourceContent> Read() override {
    if (on_read) on_read();
    if (!contents.ok()) return contents.status();
    return SourceContent{*contents, provenance, revision};
  }
  bool is_constant() const override { return false; }
  void StartPushing(SourceListener* to) override { listener = to; }
  void StopPushing() override { listener = nullptr; }

  absl::StatusOr<std::vector<std::string>> contents;
  std::string provenance;
  std::string revision;
  std::function<void()> on_read;
  SourceListener* listener = nullptr;  // null unless it has to push changes
};

}  // namespace pinion

#endif  // PINION_TESTS_WORKLOAD_FAKE_SOURCE_H_
