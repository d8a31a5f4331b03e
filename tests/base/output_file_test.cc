#include "pinion/base/output_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using pinion::testing::IsOk;
using pinion::testing::OrDie;
using pinion::testing::StatusIs;
using ::testing::_;
using ::testing::HasSubstr;

class OutputFileTest : public ::testing::Test {
 protected:
  OutputFileTest() {
    std::filesystem::create_directory(folder_);
    std::ofstream(path_) << "before";
  }
  ~OutputFileTest() override { std::filesystem::remove_all(folder_); }

  // The number of files in the folder, to detect files that are left behind.
  size_t Files() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {})); }

  static Replacement Expecting(const std::string& contents) { return {0644, contents, /*is_durable=*/true}; }

  const std::string folder_ = ::testing::TempDir() + "/output_file";
  const std::string path_ = folder_ + "/pins.json";
};

// Limits this process's files to this many bytes, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit full = before_;
    full.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &full);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_ = {};
  void (*const signal_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST_F(OutputFileTest, AFileIsReplacedWholeAndItsModeStays) {
  chmod(path_.c_str(), 0640);
  const std::string contents(100'000, 'x');
  EXPECT_THAT(ReplaceFile(path_, contents, Expecting("before")), IsOk());
  EXPECT_EQ(OrDie(ReadFile(path_)), contents);
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0640));
  EXPECT_EQ(Files(), 1);
}

TEST_F(OutputFileTest, ANewFileHasTheRequestedMode) {
  const std::string path = folder_ + "/new";
  EXPECT_THAT(ReplaceFile(path, "key", {0600, std::nullopt, /*is_durable=*/false}), IsOk());
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
}

TEST_F(OutputFileTest, AnotherProgramsChangeIsKept) {
  std::ofstream(path_) << "BEFORE";
  EXPECT_THAT(ReplaceFile(path_, "after", Expecting("before")),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("changed by another program")));
  EXPECT_EQ(OrDie(ReadFile(path_)), "BEFORE");
  EXPECT_EQ(Files(), 1);
}

TEST_F(OutputFileTest, OnAFullDiskTheFileStays) {
  absl::Status status;
  {
    const FullDisk full(4096);
    status = ReplaceFile(path_, std::string(10'000, 'x'), Expecting("before")).status();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("File too large")));
  EXPECT_EQ(OrDie(ReadFile(path_)), "before");
  EXPECT_EQ(Files(), 1);
}

TEST_F(OutputFileTest, AMissingFileIsNotMadeWhenContentsAreExpected) {
  std::filesystem::remove(path_);
  EXPECT_THAT(ReplaceFile(path_, "after", Expecting("before")), StatusIs(absl::StatusCode::kAborted, _));
  EXPECT_EQ(Files(), 0);
}

TEST_F(OutputFileTest, LinksPipesAndFoldersAreNotReplaced) {
  const std::string link = folder_ + "/link";
  const std::string pipe = folder_ + "/pipe";
  const std::string folder = folder_ + "/folder";
  std::filesystem::create_symlink("pins.json", link);
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::filesystem::create_directory(folder);
  for (const std::string& path : {link, pipe, folder}) {
    EXPECT_THAT(CheckRegularOrMissing(path), StatusIs(absl::StatusCode::kFailedPrecondition, _));
    EXPECT_THAT(ReplaceFile(path, "after"), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(path)));
  }
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_EQ(OrDie(ReadFile(path_)), "before");
  EXPECT_EQ(Files(), 4);
}

TEST_F(OutputFileTest, AWrittenFileIsKnownUntilAnotherTakesItsPlace) {
  WrittenFile first = OrDie(ReplaceFile(path_, "first"));
  EXPECT_TRUE(first.IsAt(path_));
  std::filesystem::create_symlink("pins.json", folder_ + "/link");
  EXPECT_FALSE(first.IsAt(folder_ + "/link"));
  // Without the first file's open descriptor the file system might give its inode number to the third file.
  const WrittenFile second = OrDie(ReplaceFile(path_, "second"));
  const WrittenFile third = OrDie(ReplaceFile(path_, "third"));
  EXPECT_FALSE(first.IsAt(path_));
  EXPECT_FALSE(second.IsAt(path_));
  EXPECT_TRUE(third.IsAt(path_));
  std::filesystem::remove(path_);
  EXPECT_FALSE(third.IsAt(path_));
  EXPECT_FALSE(WrittenFile().IsAt(path_));
}

TEST_F(OutputFileTest, AFolderLockIsWaitedForUntilTheTimeout) {
  std::optional<FileLock> first(OrDie(FileLock::OnFolderOf(path_, absl::ZeroDuration())));
  EXPECT_THAT(FileLock::OnFolderOf(folder_ + "/other.json", absl::Milliseconds(30)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr(folder_)));
  std::thread waiting([this] { EXPECT_THAT(FileLock::OnFolderOf(path_, absl::Seconds(10)), IsOk()); });
  first.reset();
  waiting.join();
  EXPECT_THAT(FileLock::OnFolderOf(folder_ + "/missing/pins.json", absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("No such file or directory")));
}

}  // namespace
}  // namespace pinion
