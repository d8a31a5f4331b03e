// Which process takes the place of one that has left, where the events come late.
#include <gtest/gtest.h>

#include "pinion/json/timestamp.h"
#include "tests/census/census_fixture.h"

namespace pinion {
namespace {

// The first statement of its last stream was read after its successor had begun. It was waited for until its window had
// passed, since its successor counted as that of another.
TEST_F(CensusTest, AProcessThatIsHeardLateHasASuccessorAllTheSame) {
  Join("a");
  Leave("a");
  Pass(absl::Seconds(1));
  Join("b");
  Answer("b", v1::ACCEPTED);
  Join("a", 1);
  EXPECT_EQ(Blocking(), 1);
  Leave("a", 1);
  Settle();
  EXPECT_EQ(Blocking(), 0);
}

// A client started while a live one had no stream for a moment, and its own predecessor left only then. If it had died
// or the server was started again within a minute, one process was waited for until its window had passed, since each
// later successor took the place of the one that had left first.
class SuccessionTest : public CensusTest {
 protected:
  void SetUp() override {
    Join("live");
    Answer("live", v1::ACCEPTED);
    Join("before");
    Answer("before", v1::PIN_MISMATCH);
    Pass(absl::Hours(1));
    Leave("live");
    Join("new");
    Answer("new", v1::PIN_MISMATCH);
    Pass(absl::Seconds(1));
    Join("live", 1);
    Answer("live", v1::ACCEPTED, 7, kFirst, 1);
    Pass(Census::kNoticed);
    Leave("before");
  }
  Census Restarted() {
    v1::CensusFile file;
    census_.WriteTo(absl::BytesToHexString(kFirst), &file);
    *file.mutable_written() = json::ToTimestamp(now_);
    Census after(absl::Hours(24));
    after.Add(file, /*is_live=*/false);
    return after;
  }
};

TEST_F(SuccessionTest, OneThatDiesAfterItsPredecessorHasASuccessorForBoth) {
  Pass(Census::kNoticed);
  Leave("new");
  Pass(absl::Seconds(1));
  Join("third");
  Answer("third", v1::ACCEPTED);
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 0);
  EXPECT_EQ(Number(AdoptionState::kAccepting), 2);
}

// Two processes were there at once, and two are gone.
TEST_F(SuccessionTest, ThoseThatDieTogetherAreBothWaitedFor) {
  Pass(Census::kNoticed - absl::Seconds(1));
  Leave("new");
  Join("third");
  Answer("third", v1::ACCEPTED);
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
}

// A client was killed, started, killed and started, and the server saw the first end late.
TEST_F(CensusTest, AnEndThatIsNoticedLateIsStillBeforeTheStart) {
  Join("first");
  Answer("first", v1::PIN_MISMATCH);
  Pass(absl::Hours(1));
  Join("second");
  Pass(Census::kNoticed);
  Leave("first");
  Leave("second");
  Join("third");
  Answer("third", v1::ACCEPTED);
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 0);
}

TEST_F(SuccessionTest, TheServerStartsAgainAtOnceAfterTheyDied) {
  Pass(Census::kNoticed);
  Leave("new");
  Census after = Restarted();
  Pass(absl::Minutes(30));
  EXPECT_TRUE(after.Joined(Stream("live", 2), now_));
  EXPECT_TRUE(after.Joined(Stream("third"), now_));
  for (int minute = 0; minute < 2; ++minute) {
    after.Counted({}, absl::BytesToHexString(kFirst), now_);
    Pass(Census::kSettling);
  }
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 0);
}

// The new one ended together with the server, and nothing shows that it stayed without the one before.
TEST_F(SuccessionTest, TheServerAndTheNewOneDieTogether) {
  Census after = Restarted();
  EXPECT_TRUE(after.Joined(Stream("live", 2), now_));
  EXPECT_TRUE(after.Joined(Stream("third"), now_));
  const auto count = [&] { after.Counted({}, absl::BytesToHexString(kFirst), now_); };
  count();
  Pass(Census::kSettlingAfterRestart);
  count();
  EXPECT_EQ(NumberIn(after, AdoptionState::kGone), 1);
}

}  // namespace
}  // namespace pinion
