#include "pinion/source/source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "pinion/source/file_watcher.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/wait_until.h"

namespace pinion {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;
using testing::WaitUntil;

class SourceTest : public ::testing::Test {
 protected:
  SourceTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  static void Write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string Read(const fs::path& path) {
    const absl::StatusOr<std::vector<std::string>> texts = FileSource({path.string()}).Read();
    return texts.ok() ? texts->front() : std::string(texts.status().message());
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const fs::path file_ = folder_ / "file";
};

TEST_F(SourceTest, ReadsEveryFileInOrder) {
  Write(folder_ / "a", "1");
  Write(folder_ / "b", "2");
  FileSource source({(folder_ / "b").string(), (folder_ / "a").string()});
  EXPECT_THAT(*source.Read(), ElementsAre("2", "1"));
}

TEST_F(SourceTest, NamesTheMissingFile) {
  Write(file_, "1");
  FileSource source({file_.string(), (folder_ / "none").string()});
  EXPECT_THAT(source.Read(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
}

// Each way in which a file gets new contents. The interval is far longer than the test waits.
class WatchedSourceTest : public SourceTest {
 protected:
  // Watches `path`, makes the change, and waits until the watcher has seen the new contents.
  void ExpectSeen(const fs::path& path, const std::function<void()>& change) {
    std::mutex mutex;
    std::string seen;
    FileWatcher watcher({path.string()}, absl::Hours(1), [&] {
      const std::lock_guard<std::mutex> lock(mutex);
      seen = Read(path);
    });
    const auto sees = [&](const std::string& text) {
      return WaitUntil([&] {
        const std::lock_guard<std::mutex> lock(mutex);
        return seen == text;
      });
    };
    ASSERT_TRUE(sees("old"));
    change();
    EXPECT_TRUE(sees("new")) << "saw " << seen;
  }
};

TEST_F(WatchedSourceTest, SeesWritingInPlace) {
  Write(file_, "old");
  ExpectSeen(file_, [&] { Write(file_, "new"); });
}

TEST_F(WatchedSourceTest, SeesARename) {
  Write(file_, "old");
  Write(folder_ / "next", "new");
  ExpectSeen(file_, [&] { fs::rename(folder_ / "next", file_); });
}

TEST_F(WatchedSourceTest, SeesDeletionAndANewFile) {
  Write(file_, "old");
  ExpectSeen(file_, [&] {
    fs::remove(file_);
    Write(file_, "new");
  });
}

TEST_F(WatchedSourceTest, SeesAHardLink) {
  Write(file_, "old");
  Write(folder_ / "next", "new");
  ExpectSeen(file_, [&] {
    fs::remove(file_);
    fs::create_hard_link(folder_ / "next", file_);
  });
}

TEST_F(WatchedSourceTest, SeesKubernetesSwapItsDataLink) {
  fs::create_directory(folder_ / "..1");
  fs::create_directory(folder_ / "..2");
  Write(folder_ / "..1" / "file", "old");
  Write(folder_ / "..2" / "file", "new");
  fs::create_symlink("..1", folder_ / "..data");
  fs::create_symlink("..data/file", file_);
  ExpectSeen(file_, [&] {
    fs::create_symlink("..2", folder_ / "..data_tmp");
    fs::rename(folder_ / "..data_tmp", folder_ / "..data");
  });
}

TEST_F(WatchedSourceTest, SeesWhatALinkPointsToChange) {
  fs::create_directory(folder_ / "elsewhere");
  Write(folder_ / "elsewhere" / "file", "old");
  fs::create_symlink("elsewhere/file", file_);
  ExpectSeen(file_, [&] { Write(folder_ / "elsewhere" / "file", "new"); });
}

TEST_F(WatchedSourceTest, SeesASecondChangeToo) {
  Write(file_, "old");
  ExpectSeen(file_, [&] {
    Write(file_, "between");
    fs::remove(file_);
    Write(file_, "new");
  });
}

TEST_F(SourceTest, LooksEveryIntervalWhereNoEventReportsChanges) {
  std::atomic<int> looked{0};
  const FileWatcher watcher({"/nowhere/at/all"}, absl::Milliseconds(20), [&] { ++looked; });
  EXPECT_TRUE(WaitUntil([&] { return looked > 3; }));
}

TEST_F(SourceTest, StopsOnRequest) {
  std::atomic<int> looked{0};
  FileWatcher watcher({file_.string()}, absl::Milliseconds(1), [&] { ++looked; });
  ASSERT_TRUE(WaitUntil([&] { return looked > 3; }));
  watcher.Stop();
  const int then = looked;
  Write(file_, "new");
  EXPECT_FALSE(WaitUntil([&] { return looked != then; }, absl::Milliseconds(100)));
}

}  // namespace
}  // namespace pinion
