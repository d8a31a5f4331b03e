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
  // With these limits for each kind of peer.
  RecordedHandshakes OpenWith(const RecordedHandshakes::Limits& limits) const {
    return OrDie(RecordedHandshakes::Open(folder_, {limits, limits, limits}));
  }
  static bool Whole() { return true; }
  static bool Resumed() { return false; }

  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

TEST_F(RecordedHandshakesTest, AreReadAsTheyWereKept) {
  RecordedHandshakes recorded = Open();
  v1::RecordedHandshake served = Handshake("orders");
  served.set_unlisted_clients(v1::REFUSE);
  v1::RecordedHandshake called = Handshake("payments", v1::PIN_MISMATCH);
  called.set_side(v1::CALLS);
  called.set_host("payments.internal");
  EXPECT_THAT(recorded.Keep(served, now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(called, now_, Whole), IsOk());
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
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_, Whole), IsOk());
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
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(one, now_ + absl::Seconds(1), Whole), IsOk());
  EXPECT_THAT(Files(), SizeIs(1));
  one.set_side(v1::CALLS);
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  one.set_host("a.test");
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  one.set_host("b.test");
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  EXPECT_THAT(Files(), SizeIs(4));
  // The same certificates in another order are another chain.
  const std::string first = x509::EncodePem(ca_.Intermediate("first").certificate().der());
  const std::string second = x509::EncodePem(ca_.Intermediate("second").certificate().der());
  const std::string leaf = one.chain();
  one.set_chain(leaf + first + second);
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  one.set_chain(leaf + second + first);
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  EXPECT_THAT(Files(), SizeIs(6));
}

TEST_F(RecordedHandshakesTest, AResumedSessionAddsNoChainOfALeafAlone) {
  RecordedHandshakes recorded = OpenWith({3, 1 << 20});
  v1::RecordedHandshake whole = Handshake("orders");
  const v1::RecordedHandshake leaf_alone = whole;
  whole.set_chain(whole.chain() + x509::EncodePem(ca_.Intermediate("issuer").certificate().der()));
  EXPECT_THAT(recorded.Keep(whole, now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("batch"), now_, Resumed), IsOk());  // no longer chain is known
  EXPECT_THAT(recorded.Keep(leaf_alone, now_, Resumed), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("batch", "orders"));
  // It was seen most recently, so the other one is displaced.
  EXPECT_THAT(recorded.Keep(Handshake("payments"), now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("refunds"), now_, Whole), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("orders", "payments", "refunds"));
  // Also after a restart.
  RecordedHandshakes again = OpenWith({3, 1 << 20});
  EXPECT_THAT(again.Keep(leaf_alone, now_, Resumed), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("orders", "payments", "refunds"));
}

// One replica sends its intermediate and another one does not, which is enough for the roots in effect.
TEST_F(RecordedHandshakesTest, ALeafThatIsPresentedAloneIsAChainOfItsOwn) {
  RecordedHandshakes recorded = Open();
  v1::RecordedHandshake whole = Handshake("orders");
  const v1::RecordedHandshake leaf_alone = whole;
  whole.set_chain(whole.chain() + x509::EncodePem(ca_.Intermediate("issuer").certificate().der()));
  EXPECT_THAT(recorded.Keep(whole, now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(leaf_alone, now_, Whole), IsOk());
  EXPECT_THAT(Files(), SizeIs(2));
}

// The holder of one certificate could otherwise displace all other peers with certificates that mean nothing.
TEST_F(RecordedHandshakesTest, ALeafHasFewChains) {
  RecordedHandshakes recorded = Open();
  const v1::RecordedHandshake leaf_alone = Handshake("orders");
  v1::RecordedHandshake one = leaf_alone;
  for (int i = 0; i < 20; ++i) {
    one.set_chain(leaf_alone.chain() + x509::EncodePem(ca_.Intermediate("issuer").certificate().der()));
    EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  }
  EXPECT_THAT(Files(), SizeIs(RecordedHandshakes::kMostChainsOfLeaf));
  // The last ones.
  const Recording read = OrDie(ReadRecording(folder_));
  EXPECT_THAT(read.handshakes, ::testing::Contains(::testing::ResultOf(
                                   [](const v1::RecordedHandshake& each) { return each.chain(); }, one.chain())));
}

// Otherwise a rehearsal of the next pin set would take each peer for one that was refused anyway.
TEST_F(RecordedHandshakesTest, TheEndOfAPinSetReplacesNoDecision) {
  RecordedHandshakes recorded = Open();
  v1::RecordedHandshake one = Handshake("orders");
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  one.set_reason(v1::PIN_SET_EXPIRED);
  EXPECT_THAT(recorded.Keep(one, now_ + absl::Hours(2), Whole), IsOk());
  EXPECT_EQ(OrDie(ReadRecording(folder_)).handshakes.at(0).reason(), v1::ACCEPTED);
  RecordedHandshakes again = Open();
  EXPECT_THAT(again.Keep(one, now_, Whole), IsOk());
  EXPECT_EQ(OrDie(ReadRecording(folder_)).handshakes.at(0).reason(), v1::ACCEPTED);
}

TEST_F(RecordedHandshakesTest, AFileThatIsGoneOrEmptyIsWrittenAgain) {
  RecordedHandshakes recorded = Open();
  const v1::RecordedHandshake one = Handshake("orders");
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  const std::string path = folder_ + "/" + *Files().begin();
  std::filesystem::remove(path);
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  EXPECT_THAT(Peers(), ElementsAre("orders"));
  EXPECT_THAT(recorded.KeepRoots(v1::SERVES, "roots"), IsOk());
  EXPECT_TRUE(recorded.HasRoots(v1::SERVES));
  EXPECT_FALSE(recorded.HasRoots(v1::CALLS));
  std::ofstream(path) << "";
  RecordedHandshakes again = Open();
  EXPECT_THAT(again.Keep(one, now_, Whole), IsOk());
  EXPECT_THAT(Peers(), ElementsAre("orders"));
}

TEST_F(RecordedHandshakesTest, SayWhatWasDecidedLast) {
  RecordedHandshakes recorded = Open();
  v1::RecordedHandshake one = Handshake("orders", v1::PIN_MISMATCH);
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  one.set_reason(v1::ACCEPTED);
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  const Recording read = OrDie(ReadRecording(folder_));
  ASSERT_THAT(read.handshakes, SizeIs(1));
  EXPECT_EQ(read.handshakes[0].reason(), v1::ACCEPTED);
}

TEST_F(RecordedHandshakesTest, AreWrittenAgainAtMostOnceAnHour) {
  RecordedHandshakes recorded = Open();
  const v1::RecordedHandshake one = Handshake("orders");
  const auto seen = [this] { return OrDie(ReadRecording(folder_)).handshakes.at(0).last_seen().seconds(); };
  EXPECT_THAT(recorded.Keep(one, now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(one, now_ + absl::Minutes(59), Whole), IsOk());
  EXPECT_EQ(seen(), absl::ToUnixSeconds(now_));
  EXPECT_THAT(recorded.Keep(one, now_ + absl::Minutes(60), Whole), IsOk());
  EXPECT_EQ(seen(), absl::ToUnixSeconds(now_ + absl::Minutes(60)));
}

TEST_F(RecordedHandshakesTest, TheOneThatWasSeenLeastRecentlyIsRemoved) {
  RecordedHandshakes recorded = OpenWith({2, 1 << 20});
  const v1::RecordedHandshake first = Handshake("first");
  EXPECT_THAT(recorded.Keep(first, now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("second"), now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(first, now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("third"), now_, Whole), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("first", "third"));
}

TEST_F(RecordedHandshakesTest, HaveALimitOfBytes) {
  const auto size = static_cast<int64_t>(Handshake("first").chain().size());
  RecordedHandshakes recorded = OpenWith({100, 3 * size});
  for (const char* peer : {"first", "second", "third", "fourth"}) {
    EXPECT_THAT(recorded.Keep(Handshake(peer), now_, Whole), IsOk());
  }
  EXPECT_THAT(Peers(), UnorderedElementsAre("third", "fourth"));
}

// Otherwise a client that can get many certificates from a CA could displace the peers that a rehearsal is about.
TEST_F(RecordedHandshakesTest, PeersOfOneKindDisplaceNoneOfAnother) {
  RecordedHandshakes recorded = OpenWith({1, 1 << 20});
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake(""), now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("refused", v1::PIN_MISMATCH), now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("again", v1::PIN_MISMATCH), now_, Whole), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("orders", "", "again"));
  // Also those that an earlier process recorded.
  RecordedHandshakes after_restart = OpenWith({1, 1 << 20});
  EXPECT_THAT(after_restart.Keep(Handshake("refused", v1::PIN_MISMATCH), now_, Whole), IsOk());
  EXPECT_THAT(Peers(), UnorderedElementsAre("orders", "", "refused"));
}

TEST_F(RecordedHandshakesTest, AnEarlierProcessCountsTowardsTheLimits) {
  for (const char* peer : {"first", "second", "third"}) {
    RecordedHandshakes recorded = OpenWith({2, 1 << 20});
    EXPECT_THAT(recorded.Keep(Handshake(peer), now_, Whole), IsOk());
  }
  EXPECT_THAT(Peers(), SizeIs(2));
  EXPECT_EQ(Peers().count("third"), 1u);
}

TEST_F(RecordedHandshakesTest, LeaveOtherFilesAlone) {
  std::ofstream(folder_ + "/notes.json") << "{}";
  std::filesystem::create_directory(folder_ + "/sub.json");
  RecordedHandshakes recorded = Open();
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_, Whole), IsOk());
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
  EXPECT_FALSE(recorded.Keep(Handshake("orders"), now_, Whole).ok());
  std::filesystem::create_directory(folder_);
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_, Whole), IsOk());
}

TEST_F(RecordedHandshakesTest, ADamagedFileIsNamedAndTheOthersAreRead) {
  RecordedHandshakes recorded = Open();
  EXPECT_THAT(recorded.Keep(Handshake("batch"), now_, Whole), IsOk());
  EXPECT_THAT(recorded.Keep(Handshake("orders"), now_, Whole), IsOk());
  const std::string path = folder_ + "/" + *Files().begin();
  for (const char* text : {"", "{}", "{\"side\": \"SERVES\"}", "{\"side\": \"SERVES\", \"chain\": \"x\"}"}) {
    std::ofstream(path) << text;
    const Recording read = OrDie(ReadRecording(folder_));
    ASSERT_THAT(read.damaged, SizeIs(1)) << text;
    EXPECT_THAT(read.damaged[0], StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr(path)));
    EXPECT_THAT(read.handshakes, SizeIs(1));
  }
}

}  // namespace
}  // namespace pinion
