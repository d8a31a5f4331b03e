// A change is noticed within a second, whatever links and folders lead to the file and whichever of them is replaced.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "pinion/testing/wait_until.h"
#include "tests/source/pushed_files.h"

namespace pinion {
namespace {

namespace fs = std::filesystem;
using testing::WaitUntil;

void Write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Creates the link, or replaces what is there in one step.
void Link(const std::string& target, const fs::path& link) {
  const fs::path next = link.string() + ".next";
  fs::create_symlink(target, next);
  fs::rename(next, link);
}

struct Layout {
  const char* what;
  // In an empty folder: `make` creates "app/file" with the text "old" (or no file), `change` makes its text "new".
  std::function<void(const fs::path&)> make;
  std::function<void(const fs::path&)> change;
};

std::vector<Layout> LinkedFiles() {
  const auto two_links = [](const fs::path& in) {
    Write(in / "archive/old", "old");
    Write(in / "archive/new", "new");
    Write(in / "live/.keep", "");
    Write(in / "app/.keep", "");
    Link("../archive/old", in / "live/file");
    Link("../live/file", in / "app/file");
  };
  return {
      {"the second of two links is replaced", two_links,
       [](const fs::path& in) { Link("../archive/new", in / "live/file"); }},
      {"the first of two links is replaced", two_links,
       [](const fs::path& in) { Link("../archive/new", in / "app/file"); }},
      {"what two links lead to is written", two_links, [](const fs::path& in) { Write(in / "archive/old", "new"); }},
      {"what two links lead to is renamed", two_links,
       [](const fs::path& in) { fs::rename(in / "archive/new", in / "archive/old"); }},
      {"an absolute link", two_links,
       [](const fs::path& in) { Link((in / "archive/new").string(), in / "live/file"); }},
  };
}

std::vector<Layout> UncommonLinks() {
  return {
      {"a loop that is opened",
       [](const fs::path& in) {
         Write(in / "app/.keep", "");
         Link("other", in / "app/file");
         Link("file", in / "app/other");
       },
       [](const fs::path& in) {
         fs::remove(in / "app/other");
         Write(in / "app/other", "new");
       }},
      {"a link to nothing, and then to something",
       [](const fs::path& in) {
         Write(in / "app/.keep", "");
         Link("../made/later/file", in / "app/file");
       },
       [](const fs::path& in) { Write(in / "made/later/file", "new"); }},
      {"a hard link that is written under its other name",
       [](const fs::path& in) {
         Write(in / "other/file", "old");
         Write(in / "app/.keep", "");
         fs::create_hard_link(in / "other/file", in / "app/file");
       },
       [](const fs::path& in) { Write(in / "other/file", "new"); }},
  };
}

std::vector<Layout> LinkedFolders() {
  const auto releases = [](const fs::path& in) {
    Write(in / "release-1/file", "old");
    Write(in / "release-2/file", "new");
  };
  const auto to_folder = [releases](const fs::path& in) {
    releases(in);
    Link("release-1", in / "app");
  };
  return {
      {"the folder is a link", to_folder, [](const fs::path& in) { Link("release-2", in / "app"); }},
      {"the folder is a link to a link",
       [releases](const fs::path& in) {
         releases(in);
         Link("release-1", in / "current");
         Link("current", in / "app");
       },
       [](const fs::path& in) { Link("release-2", in / "current"); }},
      {"the folder that a link leads to is replaced", to_folder,
       [](const fs::path& in) {
         fs::rename(in / "release-1", in / "release-0");
         fs::rename(in / "release-2", in / "release-1");
       }},
      {"Kubernetes' ..data",
       [](const fs::path& in) {
         Write(in / "app/..1/file", "old");
         Write(in / "app/..2/file", "new");
         Link("..1", in / "app/..data");
         Link("..data/file", in / "app/file");
       },
       [](const fs::path& in) { Link("..2", in / "app/..data"); }},
  };
}

std::vector<Layout> Folders() {
  return {
      {"missing, and then made, with its folders", [](const fs::path&) {},
       [](const fs::path& in) { Write(in / "app/file", "new"); }},
      {"the folder is replaced",
       [](const fs::path& in) {
         Write(in / "app/file", "old");
         Write(in / "next/file", "new");
       },
       [](const fs::path& in) {
         fs::rename(in / "app", in / "before");
         fs::rename(in / "next", in / "app");
       }},
      {"the folder is removed and made again", [](const fs::path& in) { Write(in / "app/file", "old"); },
       [](const fs::path& in) {
         fs::remove_all(in / "app");
         Write(in / "app/file", "new");
       }},
  };
}

class WatchedLayoutsTest : public ::testing::Test {
 protected:
  WatchedLayoutsTest() { fs::remove_all(top_); }

  // The path is `file` below a fresh folder; the interval is far longer than the test waits.
  void ExpectNoticed(const Layout& layout, const std::string& file = "app/file") {
    SCOPED_TRACE(layout.what);
    const fs::path folder = top_ / std::to_string(++folders_);
    fs::create_directories(folder);
    layout.make(folder);
    std::mutex mutex;
    std::string seen = "nothing read yet";
    const PushedFiles files({(folder / file).string()}, absl::Hours(24), [&] {
      const std::lock_guard<std::mutex> lock(mutex);
      seen = Read(folder / file);
    });
    const auto sees = [&](const std::string& text) {
      return WaitUntil([&] {
        const std::lock_guard<std::mutex> lock(mutex);
        return seen == text;
      });
    };
    ASSERT_TRUE(sees(Read(folder / file)));
    layout.change(folder);
    EXPECT_TRUE(sees("new")) << "saw " << seen;
  }

  const fs::path top_ =
      fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
  int folders_ = 0;
};

// Once, changes behind two links or in a folder that is a link were noticed only after the interval.
TEST_F(WatchedLayoutsTest, EveryLayoutOfLinksToFiles) {
  for (const Layout& layout : LinkedFiles()) ExpectNoticed(layout);
}

TEST_F(WatchedLayoutsTest, UncommonLinksToFiles) {
  for (const Layout& layout : UncommonLinks()) ExpectNoticed(layout);
}

TEST_F(WatchedLayoutsTest, EveryLayoutOfLinksToFolders) {
  for (const Layout& layout : LinkedFolders()) ExpectNoticed(layout);
}

TEST_F(WatchedLayoutsTest, EveryLayoutOfFolders) {
  for (const Layout& layout : Folders()) ExpectNoticed(layout);
}

TEST_F(WatchedLayoutsTest, AFolderFurtherUpIsReplaced) {
  ExpectNoticed({"two folders up",
                 [](const fs::path& in) {
                   Write(in / "a/b/c/file", "old");
                   Write(in / "next/b/c/file", "new");
                 },
                 [](const fs::path& in) {
                   fs::rename(in / "a", in / "before");
                   fs::rename(in / "next", in / "a");
                 }},
                "a/b/c/file");
}

TEST_F(WatchedLayoutsTest, DotsInAPathAreFollowed) {
  ExpectNoticed({"dots", [](const fs::path& in) { Write(in / "a/b/file", "old"); },
                 [](const fs::path& in) { Write(in / "a/b/file", "new"); }},
                "a/b/../b/./file");
}

// Other files of a folder may change all the time.
TEST_F(WatchedLayoutsTest, AnotherFileOfTheFolderIsNoReasonToRead) {
  Write(top_ / "app/file", "old");
  std::atomic<int> looked{0};
  const PushedFiles files({(top_ / "app/file").string()}, absl::Hours(24), [&] { ++looked; });
  ASSERT_TRUE(WaitUntil([&] { return looked == 1; }));
  for (int i = 0; i < 100; ++i) Write(top_ / "app/another", std::to_string(i));
  Write(top_ / "app/file", "new");
  ASSERT_TRUE(WaitUntil([&] { return looked > 1; }));
  EXPECT_LE(looked, 4);  // writing is several events
}

// The watcher's thread once received signals that the application waited for.
TEST_F(WatchedLayoutsTest, TheThreadLeavesSignalsToTheApplication) {
  std::atomic<bool> looked{false};
  sigset_t blocked;
  sigemptyset(&blocked);
  const PushedFiles files({(top_ / "app/file").string()}, absl::Hours(24), [&] {
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    looked = true;
  });
  ASSERT_TRUE(WaitUntil([&] { return looked.load(); }));
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) EXPECT_EQ(sigismember(&blocked, signal), 1) << signal;
}

}  // namespace
}  // namespace pinion
