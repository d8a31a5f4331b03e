#include "pinion/source/file_source.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "pinion/base/file.h"
#include "pinion/base/rfc3339.h"
#include "pinion/source/file_watcher.h"

namespace pinion {
namespace {

constexpr int kTries = 10;

// The attributes that change when a file is replaced or written to.
struct Fingerprint {
  std::array<int64_t, 5> identity = {};  // device, inode, size, and the time of the last change
  absl::Time modified;

  bool operator!=(const Fingerprint& other) const { return identity != other.identity || modified != other.modified; }
  bool operator==(const Fingerprint& other) const { return !(*this != other); }
};

std::vector<Fingerprint> FingerprintsOf(const std::vector<std::string>& paths) {
  std::vector<Fingerprint> fingerprints;
  for (const std::string& path : paths) {
    struct stat about = {};
    if (stat(path.c_str(), &about) != 0) about = {};
    fingerprints.push_back({{static_cast<int64_t>(about.st_dev), static_cast<int64_t>(about.st_ino),
                             static_cast<int64_t>(about.st_size), about.st_ctim.tv_sec, about.st_ctim.tv_nsec},
                            absl::TimeFromTimespec(about.st_mtim)});
  }
  return fingerprints;
}

std::string RevisionOf(const std::vector<Fingerprint>& fingerprints) {
  if (fingerprints.empty()) return "";
  absl::Time latest = absl::InfinitePast();
  for (const Fingerprint& fingerprint : fingerprints) latest = std::max(latest, fingerprint.modified);
  return FormatRfc3339Micros(latest);
}

std::vector<std::string> FilesAmong(const std::vector<DataSource>& parts) {
  std::vector<std::string> files;
  for (const DataSource& part : parts) {
    if (part.is_file()) files.push_back(part.file());
  }
  return files;
}

class FileSource final : public Source {
 public:
  FileSource(std::vector<DataSource> parts, std::shared_ptr<FileWatcher> watcher)
      : parts_(std::move(parts)), files_(FilesAmong(parts_)), watcher_(std::move(watcher)) {}

  absl::StatusOr<SourceContent> Read() override;
  bool is_constant() const override { return files_.empty(); }
  void StartPushing(SourceListener* listener) override {
    if (!files_.empty()) watcher_->Watch(files_, listener);
  }
  void StopPushing() override { watcher_->Stop(); }

 private:
  absl::StatusOr<std::vector<std::string>> ReadParts() const;

  const std::vector<DataSource> parts_;
  const std::vector<std::string> files_;
  const std::shared_ptr<FileWatcher> watcher_;
};

absl::StatusOr<SourceContent> FileSource::Read() {
  for (int i = 0; i < kTries; ++i) {
    const std::vector<Fingerprint> before = FingerprintsOf(files_);
    absl::StatusOr<std::vector<std::string>> texts = ReadParts();
    if (FingerprintsOf(files_) != before) continue;
    if (!texts.ok()) return texts.status();
    return SourceContent{*std::move(texts), absl::StrJoin(files_, ", "), RevisionOf(before)};
  }
  return absl::UnavailableError(files_.front() + ": changes continuously, so it is not read");
}

absl::StatusOr<std::vector<std::string>> FileSource::ReadParts() const {
  std::vector<std::string> texts;
  for (const DataSource& part : parts_) {
    absl::StatusOr<std::string> text = part.is_file() ? ReadFile(part.file()) : part.text().value_or("");
    if (!text.ok()) return text.status();
    texts.push_back(*std::move(text));
  }
  return texts;
}

}  // namespace

FileSources::FileSources(absl::Duration refresh_interval) : watcher_(std::make_shared<FileWatcher>(refresh_interval)) {}

std::shared_ptr<Source> FileSources::Open(std::vector<DataSource> parts) const {
  return std::make_shared<FileSource>(std::move(parts), watcher_);
}

}  // namespace pinion
