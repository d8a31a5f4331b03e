// Runs a function at each push of a source of files.
#ifndef PINION_TESTS_SOURCE_PUSHED_FILES_H_
#define PINION_TESTS_SOURCE_PUSHED_FILES_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "pinion/source/file_source.h"

namespace pinion {

class PushedFiles final : public SourceListener {
 public:
  PushedFiles(const std::vector<std::string>& paths, absl::Duration refresh_interval,
              std::function<void()> maybe_changed)
      : maybe_changed_(std::move(maybe_changed)) {
    std::vector<DataSource> parts;
    for (const std::string& path : paths) parts.push_back(DataSource::File(path));
    source_ = FileSources(refresh_interval).Open(parts);
    source_->StartPushing(this);
  }
  ~PushedFiles() { Stop(); }
  PushedFiles(const PushedFiles&) = delete;
  PushedFiles& operator=(const PushedFiles&) = delete;

  void Stop() { source_->StopPushing(); }

 private:
  void OnMaybeChanged() override { maybe_changed_(); }

  const std::function<void()> maybe_changed_;
  std::shared_ptr<Source> source_;
};

}  // namespace pinion

#endif  // PINION_TESTS_SOURCE_PUSHED_FILES_H_
