#include "tools/pinion/pin_file/replace_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/reload/file.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"

namespace pinion::cli {
namespace {

using pinion::testing::IsOk;
using pinion::testing::OrDie;
using pinion::testing::StatusIs;
using ::testing::EndsWith;

class ReplaceFileTest : public ::testing::Test {
 protected:
  ReplaceFileTest() {
    std::filesystem::create_directory(folder_);
    std::ofstream(path_) << "before";
  }
  ~ReplaceFileTest() override { std::filesystem::remove_all(folder_); }

  // What the folder holds: a file that is left behind would be one too many.
  size_t Files() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {})); }

  const std::string folder_ = ::testing::TempDir() + "/replace_file";
  const std::string path_ = folder_ + "/pins.json";
};

// Lets no file of this process grow beyond so many bytes, as on a disk that is full.
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

TEST_F(ReplaceFileTest, TheFileIsReplacedWholeAndItsModeStays) {
  chmod(path_.c_str(), 0640);
  const std::string contents(100'000, 'x');
  EXPECT_THAT(ReplaceFile(path_, "before", contents), IsOk());
  EXPECT_EQ(OrDie(ReadFile(path_)), contents);
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0640));
  EXPECT_EQ(Files(), 1);
}

TEST_F(ReplaceFileTest, WhatALinkLeadsToIsReplacedAndNotTheLink) {
  const std::string link = folder_ + "/link.json";
  std::filesystem::create_symlink("pins.json", link);
  EXPECT_THAT(ReplaceFile(link, "before", "after"), IsOk());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(OrDie(ReadFile(path_)), "after");
}

TEST_F(ReplaceFileTest, WhatSomebodyElseWroteMeanwhileStays) {
  std::ofstream(path_) << "BEFORE";
  EXPECT_THAT(ReplaceFile(path_, "before", "after"),
              StatusIs(absl::StatusCode::kAborted, path_ + " was changed by somebody else meanwhile; try again"));
  EXPECT_EQ(OrDie(ReadFile(path_)), "BEFORE");
  EXPECT_EQ(Files(), 1);
}

TEST_F(ReplaceFileTest, OnAFullDiskTheFileStays) {
  absl::Status status;
  {
    const FullDisk full(4096);
    status = ReplaceFile(path_, "before", std::string(10'000, 'x'));
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "cannot write " + path_ + ": File too large"));
  EXPECT_EQ(OrDie(ReadFile(path_)), "before");
  EXPECT_EQ(Files(), 1);
}

TEST_F(ReplaceFileTest, AFileThatIsNotThereIsNotMade) {
  std::filesystem::remove(path_);
  EXPECT_THAT(ReplaceFile(path_, "", "after"),
              StatusIs(absl::StatusCode::kUnavailable, EndsWith("No such file or directory")));
  EXPECT_EQ(Files(), 0);
}

}  // namespace
}  // namespace pinion::cli
