#include "pinion/adoption/answer_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class AnswerReportsTest : public ::testing::Test {
 protected:
  void Note(const std::string& pin, v1::Reason reason, const std::string& peer = "payments",
            const std::string& host = "a.test") {
    reports_.Note({Side::kClient, peer, true}, host, {pin, reason, reason == v1::ACCEPTED ? "" : "PIN_MISMATCH: …"},
                  now_, &news_);
  }

  AnswerReports reports_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  std::vector<AdoptionEvent> news_;
};

TEST_F(AnswerReportsTest, AnAnswerIsReportedWhenItChanges) {
  Note("sha256/a", v1::PIN_MISMATCH);
  Note("sha256/a", v1::PIN_MISMATCH);
  ASSERT_THAT(news_, SizeIs(1));
  EXPECT_EQ(news_[0].candidate, "sha256/a");
  EXPECT_EQ(news_[0].answer, v1::PIN_MISMATCH);
  EXPECT_THAT(news_[0].text,
              HasSubstr("the server \"payments\", as a.test, is about to use the key sha256/a, which this process "
                        "would refuse: PIN_MISMATCH"));
  now_ += AnswerReports::kInterval;
  Note("sha256/a", v1::ACCEPTED);
  ASSERT_THAT(news_, SizeIs(2));
  EXPECT_EQ(news_[1].answer, v1::ACCEPTED);
  now_ += absl::Hours(1);
  Note("sha256/a", v1::ACCEPTED);
  EXPECT_THAT(news_, SizeIs(2));
  Note("sha256/b", v1::ACCEPTED);
  EXPECT_THAT(news_, SizeIs(3));
}

TEST_F(AnswerReportsTest, APeerThatChangesItsMindIsReportedOnceAMinute) {
  for (int i = 0; i < 100; ++i) Note(absl::StrCat("sha256/", i), v1::PIN_MISMATCH);
  EXPECT_THAT(news_, SizeIs(1));
  Note("sha256/a", v1::ACCEPTED, "orders");
  EXPECT_THAT(news_, SizeIs(2));
  now_ += AnswerReports::kInterval;
  Note("sha256/last", v1::PIN_MISMATCH);  // said again while it holds
  EXPECT_THAT(news_, SizeIs(3));
}

// Two names of one server may have different answers, which do not change.
TEST_F(AnswerReportsTest, EachHostHasAnAnswerOfItsOwn) {
  for (int i = 0; i < 5; ++i) {
    Note("sha256/a", v1::ACCEPTED);
    now_ += AnswerReports::kInterval;
    Note("sha256/a", v1::HOST_MISMATCH, "payments", "b.test");
    now_ += AnswerReports::kInterval;
  }
  EXPECT_THAT(news_, SizeIs(2));
}

TEST_F(AnswerReportsTest, AClockThatIsSetBackSilencesNothing) {
  Note("sha256/a", v1::PIN_MISMATCH);
  now_ -= absl::Hours(1);
  Note("sha256/a", v1::ACCEPTED);
  EXPECT_THAT(news_, SizeIs(2));
}

TEST_F(AnswerReportsTest, PeersHaveALimitAndTheOldestIsForgotten) {
  Note("sha256/a", v1::ACCEPTED, "first");
  for (size_t i = 0; i < AnswerReports::kMostPeers; ++i) {
    now_ += absl::Seconds(1);
    Note("sha256/a", v1::ACCEPTED, absl::StrCat(i));
  }
  EXPECT_THAT(news_, SizeIs(AnswerReports::kMostPeers + 1));
  Note("sha256/a", v1::ACCEPTED, "first");
  EXPECT_THAT(news_, SizeIs(AnswerReports::kMostPeers + 2));
}

}  // namespace
}  // namespace pinion
