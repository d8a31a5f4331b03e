#include "pinion/recording/recorded_handshakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "pinion/testing/matchers.h"
#include "pinion/x509/certificate.h"
#include "tests/recording/folder_fixture.h"

namespace pinion {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;
using testing::OrDie;
using ::testing::SizeIs;
using testing::StatusIs;
using ::testing::UnorderedElementsAre;

class RecordedHandshakesTest : public FolderTest {
 protected:
  v1::RecordedHandshake Handshake(const std::string& peer, v1::Reason reason = v1::ACCEPTED) const {
    v1::RecordedHandshake handshake;
    handshake.set_side(v1::SERVES);
    handshake.set_chain(ca_.Issue({"spiffe://lab.test/" + peer}).CertificatePem());
    handshake.set_reason(reason);
    handshake.set_peer(peer);
    return handshake;
  }
  RecordedHandshakes Open() const { return OrDie(RecordedHandshakes::Open(folder_)); }

  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

TEST_F(RecordedHandshakesTest, AreReadAsTheyWereKept) {
  RecordedHandshakes recorded = Open();
  v1::RecordedHandshake served = Handshake("orders");
  served.set_unlisted_clients(v1::REFUSE);
  v1::RecordedHandshake called = Handshake("payments", v1::PIN_MISMATCH);
  called.set_side(v1::CALLS);
  called.set_host("payments.internal");
  EXPECT_THAT(recorded.Keep(served, now_), IsOk());
  EXPECT_THAT(recorded.Keep(called, now_), IsOk());
  EXPECT_THAT(recorded.KeepRoots(v1::SERVES, "clients"), IsOk());
  EXPECT_THAT(recorded.KeepRoots(v1::CALLS, "servers"), IsOk());
  const Recording read = OrDie(ReadRecording(folder_));
  EXPECT_EQ(read.server_roots, "servers");
  EXPECT_EQ(read.client_roots, "clients");
  ASSERT_THAT(read.handshakes, SizeIs(2));
  for (const v1::RecordedHandshake& one : read.handshakes) {
    v1::RecordedHandshake& before = one.side() == v1::SERVES ? served : called;
    before.mutable_last_seen()->set_seconds(absl::ToUnixSeconds(now_));
    EXPECT_EQ(one.SerializeAsString(), before.SerializeAsString());
  }
}

TEST_F(RecordedHandshakesTest, AreForTheirOwner) {
  RecordedHandshakes recorded = Open();
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_), IsOk());
  EXPECT_THAT(recorded.KeepRoots(v1::SERVES, "roots"), IsOk());
  for (const std::string& name : Files()) {
    struct stat about = {};
    ASSERT_EQ(stat((folder_ + "/" + name).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600u) << name;
  }
}

TEST_F(RecordedHandshakesTest, AreDistinctBySideHostAndChain) {
  RecordedHandshakes recorded = Open();
  v1::RecordedHandshake one = Handshake("orders");
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  EXPECT_THAT(recorded.Keep(one, now_ + absl::Seconds(1)), IsOk());
  EXPECT_THAT(Files(), SizeIs(1));
  one.set_side(v1::CALLS);
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  one.set_host("a.test");
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  one.set_host("b.test");
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  EXPECT_THAT(Files(), SizeIs(4));
  // The same certificates in another order are another chain.
  const std::string first = x509::EncodePem(ca_.Intermediate("first").certificate().der());
  const std::string second = x509::EncodePem(ca_.Intermediate("second").certificate().der());
  const std::string leaf = one.chain();
  one.set_chain(leaf + first + second);
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  one.set_chain(leaf + second + first);
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  EXPECT_THAT(Files(), SizeIs(6));
}

TEST_F(RecordedHandshakesTest, AResumedSessionAddsNoChainOfALeafAlone) {
  RecordedHandshakes recorded = Open();
  v1::RecordedHandshake whole = Handshake("orders");
  v1::RecordedHandshake resumed = whole;
  whole.set_chain(whole.chain() + x509::EncodePem(ca_.Intermediate("issuer").certificate().der()));
  EXPECT_THAT(recorded.Keep(whole, now_), IsOk());
  EXPECT_THAT(recorded.Keep(resumed, now_), IsOk());
  EXPECT_THAT(Files(), SizeIs(1));
  // Also after a restart, and a leaf that a root issued has no longer chain.
  RecordedHandshakes again = Open();
  EXPECT_THAT(again.Keep(resumed, now_), IsOk());
  EXPECT_THAT(Files(), SizeIs(1));
  EXPECT_THAT(again.Keep(Handshake("batch"), now_), IsOk());
  EXPECT_THAT(Files(), SizeIs(2));
}

TEST_F(RecordedHandshakesTest, SayWhatWasDecidedLast) {
  RecordedHandshakes recorded = Open();
  v1::RecordedHandshake one = Handshake("orders", v1::PIN_MISMATCH);
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  one.set_reason(v1::ACCEPTED);
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  const Recording read = OrDie(ReadRecording(folder_));
  ASSERT_THAT(read.handshakes, SizeIs(1));
  EXPECT_EQ(read.handshakes[0].reason(), v1::ACCEPTED);
}

TEST_F(RecordedHandshakesTest, AreWrittenAgainAtMostOnceAnHour) {
  RecordedHandshakes recorded = Open();
  const v1::RecordedHandshake one = Handshake("orders");
  const auto seen = [this] { return OrDie(ReadRecording(folder_)).handshakes.at(0).last_seen().seconds(); };
  EXPECT_THAT(recorded.Keep(one, now_), IsOk());
  EXPECT_THAT(recorded.Keep(one, now_ + absl::Minutes(59)), IsOk());
  EXPECT_EQ(seen(), absl::ToUnixSeconds(now_));
  EXPECT_THAT(recorded.Keep(one, now_ + absl::Minutes(60)), IsOk());
  EXPECT_EQ(seen(), absl::ToUnixSeconds(now_ + absl::Minutes(60)));
}

TEST_F(RecordedHandshakesTest, TheOneThatWasSeenLeastRecentlyIsRemoved) {
  const RecordedHandshakes::Limits two = {2, 1 << 20};
  RecordedHandshakes recorded = OrDie(RecordedHandshakes::Open(folder_, two, two));
  const v1::RecordedHandshake first = Handshake("first");
  EXPECT_THAT(recorded.Keep(first, now_), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("second"), now_), IsOk());
  EXPECT_THAT(recorded.Keep(first, now_), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("third"), now_), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("first", "third"));
}

TEST_F(RecordedHandshakesTest, HaveALimitOfBytes) {
  const auto size = static_cast<int64_t>(Handshake("first").chain().size());
  RecordedHandshakes recorded = OrDie(RecordedHandshakes::Open(folder_, {100, 3 * size}, {100, 3 * size}));
  for (const char* peer : {"first", "second", "third", "fourth"}) {
    EXPECT_THAT(recorded.Keep(Handshake(peer), now_), IsOk());
  }
  EXPECT_THAT(Peers(), UnorderedElementsAre("third", "fourth"));
}

// Whoever can make a CA issue certificates could otherwise make a server forget the peers that a rehearsal is about.
TEST_F(RecordedHandshakesTest, RefusedAndUnlistedPeersDisplaceNoPeerOfThePinSet) {
  const RecordedHandshakes::Limits one = {1, 1 << 20};
  RecordedHandshakes recorded = OrDie(RecordedHandshakes::Open(folder_, one, one));
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_), IsOk());
  v1::RecordedHandshake unlisted = Handshake("x");
  unlisted.clear_peer();
  EXPECT_THAT(recorded.Keep(Handshake("refused", v1::PIN_MISMATCH), now_), IsOk());
  EXPECT_THAT(recorded.Keep(unlisted, now_), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("orders", ""));
  // Also those that an earlier process recorded.
  RecordedHandshakes again = OrDie(RecordedHandshakes::Open(folder_, one, one));
  EXPECT_THAT(again.Keep(Handshake("refused", v1::PIN_MISMATCH), now_), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("orders", "refused"));
}

TEST_F(RecordedHandshakesTest, AnEarlierProcessCountsTowardsTheLimits) {
  const RecordedHandshakes::Limits two = {2, 1 << 20};
  for (const char* peer : {"first", "second", "third"}) {
    RecordedHandshakes recorded = OrDie(RecordedHandshakes::Open(folder_, two, two));
    EXPECT_THAT(recorded.Keep(Handshake(peer), now_), IsOk());
  }
  EXPECT_THAT(Peers(), SizeIs(2));
  EXPECT_EQ(Peers().count("third"), 1u);
}

TEST_F(RecordedHandshakesTest, LeaveOtherFilesAlone) {
  std::ofstream(folder_ + "/notes.json") << "{}";
  std::filesystem::create_directory(folder_ + "/sub.json");
  RecordedHandshakes recorded = Open();
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_), IsOk());
  EXPECT_THAT(Files(), SizeIs(3));
  EXPECT_THAT(Peers(), ElementsAre("orders"));
}

TEST_F(RecordedHandshakesTest, AFolderThatCannotBeUsed) {
  EXPECT_THAT(RecordedHandshakes::Open(folder_ + "/missing"), StatusIs(absl::StatusCode::kNotFound, ::testing::_));
  std::ofstream(folder_ + "/file") << "x";
  EXPECT_THAT(RecordedHandshakes::Open(folder_ + "/file"), StatusIs(absl::StatusCode::kNotFound, ::testing::_));
  EXPECT_THAT(ReadRecording(folder_ + "/missing"), StatusIs(absl::StatusCode::kNotFound, ::testing::_));
  RecordedHandshakes recorded = Open();
  std::filesystem::remove_all(folder_);
  EXPECT_FALSE(recorded.Keep(Handshake("orders"), now_).ok());
  std::filesystem::create_directory(folder_);
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_), IsOk());
}

TEST_F(RecordedHandshakesTest, ADamagedFileIsNamed) {
  RecordedHandshakes recorded = Open();
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_), IsOk());
  const std::string path = folder_ + "/" + *Files().begin();
  for (const char* text : {"", "{}", "{\"side\": \"SERVES\"}", "{\"side\": \"SERVES\", \"chain\": \"x\"}"}) {
    std::ofstream(path) << text;
    EXPECT_THAT(ReadRecording(folder_), StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr(path)))
        << text;
  }
}

}  // namespace
}  // namespace pinion
