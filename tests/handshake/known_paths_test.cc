#include "pinion/handshake/known_paths.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"

namespace pinion {
namespace {

using testing::OrDie;

constexpr int kFirst = 64;  // entries at the first sweep

class KnownPathsTest : public ::testing::Test {
 protected:
  // A path that expires after `validity`.
  std::shared_ptr<const VerifiedPath> PathFor(absl::Duration validity) const {
    x509::PathOutcome outcome;
    outcome.valid_from = now_;
    outcome.valid_until = now_ + validity;
    return std::make_shared<const VerifiedPath>(roots_, PeerRole::kClient, std::move(outcome));
  }
  void Fill(const std::string& with, int count, absl::Duration validity = absl::Hours(1)) {
    for (int i = 0; i < count; ++i) known_.Remember(absl::StrCat(with, i), "", PathFor(validity), now_);
  }

  const testing::TestCa ca_;
  const x509::TrustRoots roots_ = OrDie(x509::TrustRoots::FromPem(ca_.RootPem()));
  absl::Time now_ = absl::Now();
  KnownPaths known_;
};

TEST_F(KnownPathsTest, FindsALeafWithTheSameChainOrWithout) {
  const auto path = PathFor(absl::Hours(1));
  known_.Remember("leaf", "chain", path, now_);
  EXPECT_EQ(known_.Find("leaf", "chain"), path);
  EXPECT_EQ(known_.Find("leaf", ""), path);
  EXPECT_EQ(known_.Find("leaf", "other chain"), nullptr);
}

TEST_F(KnownPathsTest, FindsALeafByItsWholeText) {
  const auto path = PathFor(absl::Hours(1));
  known_.Remember("leaf", "", path, now_);
  EXPECT_EQ(known_.Find("leaf", ""), path);
  EXPECT_EQ(known_.Find("lea", ""), nullptr);
  EXPECT_EQ(known_.Find("leaf2", ""), nullptr);
  EXPECT_EQ(known_.Find("", ""), nullptr);
}

TEST_F(KnownPathsTest, KeepsTheLatestPathOfALeaf) {
  known_.Remember("leaf", "", PathFor(absl::Hours(1)), now_);
  const auto later = PathFor(absl::Hours(2));
  known_.Remember("leaf", "", later, now_);
  EXPECT_EQ(known_.Find("leaf", ""), later);
}

TEST_F(KnownPathsTest, ForgetsPathsThatWereNotUsedWhileOthersCame) {
  Fill("old", kFirst);
  Fill("new", kFirst);
  EXPECT_NE(known_.Find("old7", ""), nullptr);
  Fill("more", kFirst);
  EXPECT_NE(known_.Find("old7", ""), nullptr);
  EXPECT_EQ(known_.Find("old8", ""), nullptr);
  EXPECT_NE(known_.Find("new8", ""), nullptr);
}

TEST_F(KnownPathsTest, ForgetsThoseThatHaveEnded) {
  Fill("brief", kFirst, absl::Minutes(1));
  now_ += absl::Minutes(1);
  Fill("new", 1);
  EXPECT_EQ(known_.Find("brief0", ""), nullptr);
  EXPECT_NE(known_.Find("new0", ""), nullptr);
}

TEST_F(KnownPathsTest, StartsOverWhenTooManyAreInUse) {
  constexpr int kMany = 20'000;
  int remembered = 0;
  for (int i = 0; i < kMany; ++i) {
    Fill(absl::StrCat("leaf", i, "-"), 1);
    known_.Find(absl::StrCat("leaf", i, "-0"), "");
  }
  for (int i = 0; i < kMany; ++i) remembered += known_.Find(absl::StrCat("leaf", i, "-0"), "") != nullptr ? 1 : 0;
  EXPECT_GT(remembered, 0);
  EXPECT_LE(remembered, 2 * 8192);
}

}  // namespace
}  // namespace pinion
