#include "pinion/source/path_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "pinion/base/descriptor.h"

namespace pinion {
namespace {

// Events that change what a folder's entry refers to.
constexpr uint32_t kEntryEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF |
                                  IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD;
// Events that change a file's contents. For parent folders they would be noise.
constexpr uint32_t kContentEvents = IN_CLOSE_WRITE | IN_MODIFY;
// The limit of Linux: a path with more links counts as a loop.
constexpr int kMaxLinks = 40;

std::optional<std::string> TargetOf(const std::string& link) {
  char target[PATH_MAX];
  const ssize_t size = readlink(link.c_str(), target, sizeof(target));
  if (size < 0) return std::nullopt;
  return std::string(target, size);
}

// Puts the components of `path` before the remaining ones. The next component is the last element of `left`.
void PutBefore(const std::string& path, std::vector<std::string>* left) {
  const std::vector<std::string> components = absl::StrSplit(path, '/', absl::SkipEmpty());
  left->insert(left->end(), components.rbegin(), components.rend());
}

std::string StartOf(const std::string& path) { return absl::StartsWith(path, "/") ? "/" : "."; }

}  // namespace

PathWatch::PathWatch(const std::vector<std::string>& paths)
    : descriptor_(AboveStandardStreams(inotify_init1(IN_CLOEXEC | IN_NONBLOCK))), is_complete_(descriptor_ >= 0) {
  if (descriptor_ < 0) return;
  for (const std::string& path : paths) Follow(path);
}

PathWatch::~PathWatch() {
  if (descriptor_ >= 0) close(descriptor_);
}

void PathWatch::Follow(const std::string& path) {
  std::string at = StartOf(path);
  std::vector<std::string> left;
  PutBefore(path, &left);
  int links = 0;
  while (!left.empty()) {
    const std::string name = std::move(left.back());
    left.pop_back();
    if (name == ".") continue;
    // Watch before looking, so that a change in between is detected by one of the two.
    if (name != ".." && !WatchEntry(at, name, left.empty())) return;
    const std::string here = absl::StrCat(at, "/", name);
    const std::optional<std::string> target = TargetOf(here);
    if (!target.has_value()) {
      at = here;
    } else if (++links <= kMaxLinks) {
      if (absl::StartsWith(*target, "/")) at = "/";
      PutBefore(*target, &left);
    } else {
      return;
    }
  }
  // A file may also be written to under another name. The watch of its entry reports all other changes.
  inotify_add_watch(descriptor_, at.c_str(), kContentEvents | IN_ATTRIB);
}

bool PathWatch::WatchEntry(const std::string& folder, const std::string& name, bool is_last) {
  const int watch = inotify_add_watch(descriptor_, folder.c_str(), kEntryEvents | (is_last ? kContentEvents : 0));
  if (watch < 0) {
    // The entry of the missing folder is already watched.
    const bool is_missing = errno == ENOENT || errno == ENOTDIR;
    is_complete_ = is_complete_ && is_missing;
    return !is_missing;
  }
  entries_[watch].insert(name);
  return true;
}

bool PathWatch::TakeEvents() {
  constexpr uint32_t kAlwaysConcerns = IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF;
  bool concerns = false;
  alignas(inotify_event) char events[16 * 1024];
  for (;;) {
    const ssize_t size = read(descriptor_, events, sizeof(events));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return concerns;
    for (ssize_t at = 0; at < size;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(events + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      const auto found = entries_.find(event->wd);
      concerns = concerns || event->len == 0 || (event->mask & kAlwaysConcerns) != 0 || found == entries_.end() ||
                 found->second.count(event->name) > 0;
    }
  }
}

}  // namespace pinion
