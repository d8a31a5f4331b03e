#include "pinion/source/source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/wait_until.h"
#include "tests/source/pushed_files.h"

namespace pinion {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;
using testing::WaitUntil;

class CountingListener final : public SourceListener {
 public:
  void OnMaybeChanged() override { ++calls; }
  std::atomic<int> calls{0};
};

int InotifyInstances() {
  int instances = 0;
  for (const fs::directory_entry& descriptor : fs::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    if (fs::read_symlink(descriptor.path(), closed) == "anon_inode:inotify") ++instances;
  }
  return instances;
}

class SourceTest : public ::testing::Test {
 protected:
  SourceTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  static std::shared_ptr<Source> Open(const std::vector<fs::path>& paths) {
    std::vector<DataSource> parts;
    for (const fs::path& path : paths) parts.push_back(DataSource::File(path.string()));
    return FileSources(absl::Hours(1)).Open(parts);
  }
  static void Write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string Read(const fs::path& path) {
    const absl::StatusOr<SourceContent> content = Open({path})->Read();
    return content.ok() ? content->texts.front() : std::string(content.status().message());
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const fs::path file_ = folder_ / "file";
};

TEST_F(SourceTest, ReadsEveryFileInOrder) {
  Write(folder_ / "a", "1");
  Write(folder_ / "b", "2");
  EXPECT_THAT(Open({folder_ / "b", folder_ / "a"})->Read()->texts, ElementsAre("2", "1"));
}

TEST_F(SourceTest, NamesTheMissingFile) {
  Write(file_, "1");
  EXPECT_THAT(Open({file_, folder_ / "none"})->Read(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
}

// Sets the time at which a file was modified, in seconds since 1970.
void SetModified(const fs::path& path, time_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 250000000}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST_F(SourceTest, NamesItsFilesAndTheirLatestModification) {
  Write(folder_ / "a", "1");
  Write(folder_ / "b", "2");
  SetModified(folder_ / "a", 1767225600);
  SetModified(folder_ / "b", 1735689600);
  const std::shared_ptr<Source> source = Open({folder_ / "a", folder_ / "b"});
  const absl::StatusOr<SourceContent> content = source->Read();
  EXPECT_EQ(content->provenance, absl::StrCat((folder_ / "a").string(), ", ", (folder_ / "b").string()));
  EXPECT_EQ(content->revision, "2026-01-01T00:00:00.250000Z");
  SetModified(folder_ / "b", 1767225601);
  EXPECT_EQ(source->Read()->revision, "2026-01-01T00:00:01.250000Z");
}

TEST_F(SourceTest, ConstantTextsHaveNoOriginAndPushNothing) {
  const std::shared_ptr<Source> source = FileSources(absl::Milliseconds(1)).Open({DataSource::Text("one")});
  EXPECT_TRUE(source->is_constant());
  EXPECT_EQ(source->Read()->provenance, "");
  EXPECT_EQ(source->Read()->revision, "");
  Write(file_, "two");
  EXPECT_FALSE(Open({file_})->is_constant());
  CountingListener listener;
  source->StartPushing(&listener);
  EXPECT_FALSE(WaitUntil([&] { return listener.calls > 0; }, absl::Milliseconds(50)));
  source->StopPushing();
}

// inotify instances are few, and all processes of a user share them.
TEST_F(SourceTest, SourcesThatAreOpenedTogetherUseOneInotifyInstance) {
  const FileSources files(absl::Hours(1));
  std::vector<std::shared_ptr<Source>> sources;
  CountingListener listener;
  for (int i = 0; i < 5; ++i) {
    sources.push_back(files.Open({DataSource::File((folder_ / std::to_string(i)).string())}));
    sources.back()->StartPushing(&listener);
  }
  EXPECT_TRUE(WaitUntil([&] { return InotifyInstances() == 1; }));
  for (int i = 0; i < 5; ++i) {
    const int before = listener.calls;
    Write(folder_ / std::to_string(i), "new");
    EXPECT_TRUE(WaitUntil([&] { return listener.calls > before; })) << i;
  }
  sources.front()->StopPushing();
  const int then = listener.calls;
  for (int i = 0; i < 5; ++i) Write(folder_ / std::to_string(i), "newer");
  EXPECT_FALSE(WaitUntil([&] { return listener.calls != then; }, absl::Milliseconds(100)));
}

// Each way in which a file gets new contents. The interval is far longer than the test waits.
class WatchedSourceTest : public SourceTest {
 protected:
  // Watches `path`, makes the change, and waits until the watcher has seen the new contents.
  void ExpectSeen(const fs::path& path, const std::function<void()>& change) {
    std::mutex mutex;
    std::string seen;
    PushedFiles files({path.string()}, absl::Hours(1), [&] {
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
  const PushedFiles files({"/nowhere/at/all"}, absl::Milliseconds(20), [&] { ++looked; });
  EXPECT_TRUE(WaitUntil([&] { return looked > 3; }));
}

TEST_F(SourceTest, StopsOnRequest) {
  std::atomic<int> looked{0};
  PushedFiles files({file_.string()}, absl::Milliseconds(1), [&] { ++looked; });
  ASSERT_TRUE(WaitUntil([&] { return looked > 3; }));
  files.Stop();
  const int then = looked;
  Write(file_, "new");
  EXPECT_FALSE(WaitUntil([&] { return looked != then; }, absl::Milliseconds(100)));
}

}  // namespace
}  // namespace pinion
