// What Census::Look remembers is what a walk of the whole census says.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/census/census_fixture.h"

namespace pinion {
namespace {

class ViewTest : public CensusTest {
 protected:
  std::string candidate() const { return absl::BytesToHexString(kFirst); }
  // Each group in one line.
  static std::string TextOf(const std::vector<PeerAdoption>& peers) {
    std::string text;
    for (const PeerAdoption& one : peers) {
      absl::StrAppend(&text, one.peer, " ", static_cast<int>(one.state), " ", one.count, " ", one.reason, " ",
                      one.pin_set_version, "\n");
    }
    return text;
  }
  // The number of connected processes that accept.
  int64_t Accepting() {
    int64_t count = 0;
    for (const auto& [key, number] : census_.Look(candidate(), now_).accepting) count += number;
    return count;
  }
};

TEST_F(ViewTest, RandomEventsAreSeenAtOnce) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  int64_t stream = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string process = absl::StrCat(random() % 12);
    switch (random() % 8) {
      case 0:
      case 1:
        Join(process, ++stream);
        break;
      case 2:
        Leave(process, static_cast<int64_t>(random() % (stream + 1)));
        break;
      case 3:
      case 4:
        Answer(process, random() % 2 == 0 ? v1::ACCEPTED : v1::PIN_MISMATCH, 7, random() % 4 == 0 ? kSecond : kFirst,
               stream);
        break;
      case 5: {
        std::vector<std::string> addresses;
        for (int j = 0; j < 6; ++j) {
          if (random() % 2 == 0) addresses.push_back(absl::StrCat("192.0.2.", random() % 3, ":", j));
        }
        Count(addresses);
        break;
      }
      case 6: {
        const StreamKey reporter = {{Side::kServer, "orders", true, true},
                                    absl::StrCat("r", random() % 3),
                                    ++stream,
                                    absl::StrCat("192.0.2.", random() % 3, ":9")};
        EXPECT_TRUE(census_.Joined(reporter, now_));
        v1::Statement statement;
        v1::Answer* const answer = statement.add_answers();
        answer->set_candidate_sha256(kFirst);
        answer->set_reason(v1::ACCEPTED);
        census_.Heard(reporter, statement, now_);
        if (random() % 2 == 0) census_.Left(reporter, now_);
        break;
      }
      default:
        Pass(absl::Seconds(random() % 3));
    }
    ASSERT_EQ(TextOf(census_.Look(candidate(), now_).peers), TextOf(census_.About(candidate(), now_))) << i;
  }
}

TEST_F(ViewTest, AnAnswerEndsInTime) {
  Join("a");
  v1::Statement statement;
  v1::Answer* const answer = statement.add_answers();
  answer->set_candidate_sha256(kFirst);
  answer->set_reason(v1::ACCEPTED);
  answer->mutable_accepted_until()->set_seconds(absl::ToUnixSeconds(now_) + 5);
  census_.Heard(Stream("a"), statement, now_);
  EXPECT_EQ(Accepting(), 1);
  Pass(absl::Seconds(5));
  EXPECT_EQ(Accepting(), 0);
}

TEST_F(ViewTest, AWindowEndsSoonAfterItsTime) {
  Join("a");
  Leave("a");
  EXPECT_EQ(census_.Look(candidate(), now_).peers.size(), 1);
  Pass(absl::Hours(24) + absl::Seconds(30));
  EXPECT_EQ(census_.Look(candidate(), now_).peers.size(), 0);
}

TEST_F(ViewTest, IsAboutOneCandidate) {
  Join("a");
  Answer("a", v1::ACCEPTED);
  EXPECT_EQ(Accepting(), 1);
  EXPECT_TRUE(census_.Look(absl::BytesToHexString(kSecond), now_).accepting.empty());
  EXPECT_EQ(Accepting(), 1);
}

}  // namespace
}  // namespace pinion
