#include "tools/pinion/status_file.h"

#include <cstdio>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "pinion/base/mutex.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/json/printed.h"
#include "pinion/status_json.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

// A status that an earlier process left is replaced; any other file is protected.
absl::Status CheckMayReplace(const std::string& path) {
  if (absl::Status status = CheckRegularOrMissing(path); absl::IsFailedPrecondition(status)) return status;
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return absl::OkStatus();  // missing, or the later write reports the fault
  const absl::StatusOr<v1::Status> status = ParseStatus(*text);
  const bool is_status = status.ok() && status->has_written();
  if (text->empty() || is_status) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(Printable(path), " is not a status file, and would be lost; name another file"));
}

}  // namespace

absl::StatusOr<v1::Status> ParseStatus(const std::string& text) {
  v1::Status status;
  if (absl::Status parsed = json::ParsePrinted(text, &status); !parsed.ok()) return parsed;
  return status;
}

absl::StatusOr<std::unique_ptr<StatusFile>> StatusFile::Start(std::string path, std::shared_ptr<Workload> workload) {
  if (absl::Status status = CheckMayReplace(path); !status.ok()) return status;
  return std::unique_ptr<StatusFile>(new StatusFile(std::move(path), std::move(workload)));
}

StatusFile::StatusFile(std::string path, std::shared_ptr<Workload> workload)
    : path_(std::move(path)), workload_(std::move(workload)), thread_([this] { Run(); }) {}

StatusFile::~StatusFile() {
  {
    const MutexLock lock(mutex_);
    ended_ = true;
  }
  end_.NotifyAll();
  thread_.join();
  if (written_.IsAt(path_)) std::remove(path_.c_str());
}

void StatusFile::Run() {
  bool failing = false;
  for (;;) {
    const absl::Status written = Write(StatusJson(workload_->Status(), absl::Now()));
    if (!written.ok() && !failing) {
      std::cerr << "pinion: the status file: " << written.message() << "; trying again" << std::endl;
    }
    failing = !written.ok();
    const MutexLock lock(mutex_);
    const absl::Time next = SteadyNow() + kInterval;
    while (!ended_ && end_.WaitUntil(mutex_, next)) {
    }
    if (ended_) return;
  }
}

absl::Status StatusFile::Write(const std::string& text) {
  if (absl::Status status = written_.IsAt(path_) ? absl::OkStatus() : CheckMayReplace(path_); !status.ok()) {
    return status;
  }
  absl::StatusOr<WrittenFile> written = ReplaceFile(path_, text);
  if (!written.ok()) return written.status();
  written_ = *std::move(written);
  return absl::OkStatus();
}

}  // namespace pinion::cli
