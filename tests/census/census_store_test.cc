#include "pinion/census/census_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace pinion {
namespace {

class CensusStoreTest : public ::testing::Test {
 protected:
  static v1::CensusFile Census(const std::string& candidate) {
    v1::CensusFile census;
    census.set_candidate(candidate);
    census.add_peers()->set_name("orders");
    return census;
  }
  void WriteText(const std::string& text) { std::ofstream(path_) << text; }

  const std::string path_ =
      (std::filesystem::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name())
          .string();
  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

TEST_F(CensusStoreTest, WhatIsWrittenIsRead) {
  EXPECT_TRUE(absl::IsNotFound(ReadCensus(path_).status()));
  CensusStore store(path_);
  EXPECT_TRUE(store.IsDue());
  ASSERT_TRUE(store.Write(Census("sha256/a"), now_).ok());
  EXPECT_FALSE(store.IsDue());
  const absl::StatusOr<v1::CensusFile> read = ReadCensus(path_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->candidate(), "sha256/a");
  EXPECT_EQ(read->peers(0).name(), "orders");
  EXPECT_EQ(read->written().seconds(), absl::ToUnixSeconds(now_));
}

TEST_F(CensusStoreTest, OnlyTheOwnerMayReadIt) {
  ASSERT_TRUE(CensusStore(path_).Write(Census("sha256/a"), now_).ok());
  struct stat about = {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600);
}

TEST_F(CensusStoreTest, TheSameIsWrittenAgainAfterAMinute) {
  CensusStore store(path_);
  ASSERT_TRUE(store.Write(Census("sha256/a"), now_).ok());
  ASSERT_TRUE(store.Write(Census("sha256/a"), now_ + absl::Seconds(59)).ok());
  EXPECT_EQ(ReadCensus(path_)->written().seconds(), absl::ToUnixSeconds(now_));
  ASSERT_TRUE(store.Write(Census("sha256/a"), now_ + absl::Seconds(60)).ok());
  EXPECT_EQ(ReadCensus(path_)->written().seconds(), absl::ToUnixSeconds(now_) + 60);
}

TEST_F(CensusStoreTest, WhatAnotherProcessHasWrittenIsNotLost) {
  CensusStore store(path_);
  CensusStore other(path_);
  ASSERT_TRUE(store.Write(Census("sha256/a"), now_).ok());
  EXPECT_TRUE(absl::IsAborted(other.Write(Census("sha256/b"), now_)));
  EXPECT_EQ(ReadCensus(path_)->candidate(), "sha256/a");
  ASSERT_TRUE(other.Read().ok());
  ASSERT_TRUE(other.Write(Census("sha256/b"), now_).ok());
  EXPECT_TRUE(absl::IsAborted(store.Write(Census("sha256/c"), now_)));
  EXPECT_EQ(ReadCensus(path_)->candidate(), "sha256/b");
}

TEST_F(CensusStoreTest, WhatCannotBeWrittenLeavesTheFile) {
  CensusStore store(path_);
  ASSERT_TRUE(store.Write(Census("sha256/a"), now_).ok());
  v1::CensusFile census = Census("sha256/b");
  census.mutable_offered()->set_seconds(300'000'000'000);  // the year 11476
  EXPECT_FALSE(store.Write(census, now_).ok());
  EXPECT_EQ(ReadCensus(path_)->candidate(), "sha256/a");
}

TEST_F(CensusStoreTest, AnotherFileIsNoCensus) {
  for (const char* const text : {"", "{}", "{\"version\": 1}", "[", "not JSON"}) {
    WriteText(text);
    EXPECT_TRUE(absl::IsInvalidArgument(ReadCensus(path_).status())) << text;
  }
}

}  // namespace
}  // namespace pinion
