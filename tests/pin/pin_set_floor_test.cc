// A pin set that is older than one that was adopted before.
#include "pinion/pin/pin_set_floor.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"

namespace pinion {
namespace {

// Of the example set below, with any version of protobuf: a record is still valid after an upgrade.
constexpr char kContentOfVersion7[] = "b6708ad9e91d1ffe3aea95ee24b7c7aa35a0a226eb0c53b3d735e3e6bffd8c25";

class PinSetFloorTest : public ::testing::Test {
 protected:
  PinSetFloorTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }

  static std::shared_ptr<const PinSet> Set(int64_t version, const std::string& peer = "pay",
                                           const std::string& comment = "") {
    const std::string a(42, 'A');
    const std::string b(42, 'B');
    const auto set = PinSet::FromJson(
        absl::StrCat(comment, R"({"version": )", version, R"(, "peers": [{"name": ")", peer,
                     R"(", "hosts": ["pay.test"], "identities": ["spiffe://prod/pay"], "pins": [)",
                     R"({"spki": "sha256/)", a, R"(A=", "state": "ACTIVE", "not_after": "2030-01-01T00:00:00Z"},)",
                     R"({"spki": "sha256/)", b, R"(A=", "state": "BACKUP"}]}]})"),
        "pins.json");
    EXPECT_TRUE(set.ok()) << set.status();
    return *set;
  }

  absl::StatusCode Check(int64_t version) const { return CheckFloor(floor_, *Set(version)).code(); }
  absl::StatusCode Raise(int64_t version) const { return RaiseFloor(floor_, *Set(version)).code(); }
  std::string Record() const { return ReadFile(file_).value_or("(none)"); }
  void Write(const std::string& text) const { std::ofstream(file_, std::ios::trunc) << text; }

  const std::string folder_ = ::testing::TempDir() + "/state";
  const std::string file_ = folder_ + "/pin_set_floor.json";
  PinSetFloor floor_ = {0, 0, 0, folder_};
};

constexpr absl::StatusCode kOk = absl::StatusCode::kOk;
constexpr absl::StatusCode kTooOld = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

TEST_F(PinSetFloorTest, OnlyRisesAndAcceptsTheSameSetAgain) {
  EXPECT_EQ(Check(7), kOk);
  EXPECT_EQ(Record(), "(none)");
  EXPECT_EQ(Raise(7), kOk);
  EXPECT_EQ(Raise(7), kOk);
  EXPECT_EQ(Check(7), kOk);
  EXPECT_EQ(Check(6), kTooOld);
  EXPECT_EQ(Raise(6), kTooOld);
  EXPECT_EQ(Raise(9), kOk);
  EXPECT_EQ(Raise(8), kTooOld);
  EXPECT_TRUE(absl::StrContains(Record(), "\"version\": 9,")) << Record();
}

TEST_F(PinSetFloorTest, TheSameVersionNeedsTheSameContentsButNotTheSameLayout) {
  ASSERT_EQ(Raise(7), kOk);
  EXPECT_EQ(CheckFloor(floor_, *Set(7, "pay", "// A comment.\n")).code(), kOk);
  EXPECT_EQ(CheckFloor(floor_, *Set(7, "other")).code(), kTooOld);
  EXPECT_EQ(RaiseFloor(floor_, *Set(7, "other")).code(), kTooOld);
}

TEST_F(PinSetFloorTest, TheErrorNamesBothVersionsAndTheFile) {
  ASSERT_EQ(Raise(41), kOk);
  const std::string error(CheckFloor(floor_, *Set(40)).message());
  for (const std::string& part : {std::string("version 40"), std::string("version 41"), file_}) {
    EXPECT_TRUE(absl::StrContains(error, part)) << error;
  }
}

TEST_F(PinSetFloorTest, AMinimumNeedsNoFolder) {
  floor_ = {42, 0, 0, ""};
  EXPECT_EQ(Check(41), kTooOld);
  EXPECT_EQ(Raise(41), kTooOld);
  EXPECT_EQ(Raise(42), kOk);
}

// A volume that is not mounted is not taken for a first start.
TEST_F(PinSetFloorTest, AMissingFolderIsAnError) {
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(Check(1), kUnavailable);
  EXPECT_EQ(Raise(1), kUnavailable);
}

TEST_F(PinSetFloorTest, WhatIsRecordedNeedsNeitherALockNorAWrite) {
  ASSERT_EQ(Raise(7), kOk);
  const auto held = FileLock::Take(folder_ + "/lock");
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_EQ(Raise(7), kOk);
  EXPECT_EQ(Raise(8), kUnavailable);
}

// Without the lock, the slower of two writers could put the lower version back.
TEST_F(PinSetFloorTest, ConcurrentWritersLeaveTheHighestVersion) {
  constexpr int kWriters = 8;
  constexpr int kEach = 20;
  std::vector<std::thread> writers;
  std::atomic<int> unexpected = 0;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([this, writer, &unexpected] {
      for (int i = 0; i < kEach; ++i) {
        // A writer that the others keep from the lock for too long tries again, as the next reload does.
        absl::StatusCode code = kUnavailable;
        while (code == kUnavailable) code = Raise(1 + i * kWriters + (i + writer) % kWriters);
        if (code != kOk && code != kTooOld) ++unexpected;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(unexpected, 0);
  EXPECT_TRUE(absl::StrContains(Record(), absl::StrCat("\"version\": ", kWriters * kEach, ","))) << Record();
}

// A damaged record is never taken for a missing one: then an older pin set would be adopted.
TEST_F(PinSetFloorTest, ADamagedRecordIsAnErrorThatNamesIt) {
  ASSERT_EQ(Raise(7), kOk);
  const std::string good = Record();
  for (const std::string& bad :
       {std::string(), good.substr(0, good.size() / 2), std::string("{}"), std::string(R"({"version": 7})"),
        std::string(R"({"version": 0, "content_sha256": ")") + std::string(64, '0') + "\"}",
        std::string(R"({"version": 7, "content_sha256": "00"})"), good + good}) {
    Write(bad);
    const absl::Status status = CheckFloor(floor_, *Set(8));
    EXPECT_EQ(status.code(), kUnavailable) << bad;
    EXPECT_TRUE(absl::StrContains(status.message(), file_)) << status;
    EXPECT_EQ(Raise(8), kUnavailable) << bad;
    EXPECT_EQ(Record(), bad);
  }
  std::filesystem::remove(file_);
  std::filesystem::create_directory(file_);
  EXPECT_EQ(Check(8), kUnavailable);
}

TEST_F(PinSetFloorTest, APlantedLinkIsNotWrittenThrough) {
  const std::string target = folder_ + "/target";
  std::filesystem::create_symlink(target, file_);
  EXPECT_EQ(Raise(7), kUnavailable);
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(PinSetFloorTest, AFullDiskLeavesTheLastRecord) {
  ASSERT_EQ(Raise(7), kOk);
  const std::string before = Record();
  rlimit limit = {};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit full = {10, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &full);
  const absl::StatusCode code = Raise(8);
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(code, kUnavailable);
  EXPECT_EQ(Record(), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 2);  // the record and the lock
}

TEST_F(PinSetFloorTest, TheRecordDoesNotDependOnTheVersionOfProtobuf) {
  ASSERT_EQ(Raise(7), kOk);
  EXPECT_EQ(Record(), absl::StrCat(R"({"version": 7, "content_sha256": ")", kContentOfVersion7, "\"}\n"));
}

}  // namespace
}  // namespace pinion
