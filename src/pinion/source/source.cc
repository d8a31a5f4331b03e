#include "pinion/source/source.h"

#include <sys/stat.h>

#include <array>

#include "pinion/base/file.h"

namespace pinion {
namespace {

constexpr int kTries = 10;

// The attributes that change when a file is replaced or written to.
using Fingerprint = std::array<int64_t, 7>;

std::vector<Fingerprint> FingerprintsOf(const std::vector<std::string>& paths) {
  std::vector<Fingerprint> fingerprints;
  for (const std::string& path : paths) {
    struct stat about = {};
    if (stat(path.c_str(), &about) != 0) about = {};
    fingerprints.push_back({static_cast<int64_t>(about.st_dev), static_cast<int64_t>(about.st_ino),
                            static_cast<int64_t>(about.st_size), about.st_mtim.tv_sec, about.st_mtim.tv_nsec,
                            about.st_ctim.tv_sec, about.st_ctim.tv_nsec});
  }
  return fingerprints;
}

class PartsSource final : public Source {
 public:
  explicit PartsSource(const std::vector<DataSource>& parts) : parts_(parts), files_(FilesAmong(parts)) {}

  absl::StatusOr<std::vector<std::string>> Read() override {
    const absl::StatusOr<std::vector<std::string>> read = files_.Read();
    if (!read.ok()) return read.status();
    std::vector<std::string> texts;
    auto next = read->begin();
    for (const DataSource& part : parts_) texts.push_back(part.is_file() ? *next++ : part.text().value_or(""));
    return texts;
  }

 private:
  static std::vector<std::string> FilesAmong(const std::vector<DataSource>& parts) {
    std::vector<std::string> files;
    for (const DataSource& part : parts) {
      if (part.is_file()) files.push_back(part.file());
    }
    return files;
  }

  const std::vector<DataSource> parts_;
  FileSource files_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> FileSource::Read() {
  for (int i = 0; i < kTries; ++i) {
    const std::vector<Fingerprint> before = FingerprintsOf(paths_);
    std::vector<std::string> texts;
    absl::Status failed;
    for (const std::string& path : paths_) {
      absl::StatusOr<std::string> text = ReadFile(path);
      if (!text.ok()) {
        failed = text.status();
        break;
      }
      texts.push_back(*std::move(text));
    }
    if (FingerprintsOf(paths_) != before) continue;
    if (!failed.ok()) return failed;
    return texts;
  }
  return absl::UnavailableError(paths_.front() + ": changes continuously, so it is not read");
}

std::shared_ptr<Source> OpenSource(const std::vector<DataSource>& parts) {
  return std::make_shared<PartsSource>(parts);
}

}  // namespace pinion
