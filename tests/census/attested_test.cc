// Clients that take no part, and a process on their host that answers for them.
#include <gtest/gtest.h>

#include <string>

#include "tests/census/census_fixture.h"

namespace pinion {
namespace {

class AttestedTest : public CensusTest {
 protected:
  // "reporter", on this host, has begun a stream.
  void Report(const std::string& host, const PeerKey& peer = kReporters) {
    EXPECT_TRUE(census_.Joined(Reporter(host, peer), now_));
  }
  void ReportAnswer(const std::string& host, v1::Reason reason, const PeerKey& peer = kReporters) {
    v1::Statement statement;
    statement.set_process("reporter " + host);
    statement.set_attested(true);
    statement.mutable_pin_set()->set_version(7);
    v1::Answer* const answer = statement.add_answers();
    answer->set_candidate_sha256(kFirst);
    answer->set_reason(reason);
    census_.Heard(Reporter(host, peer), statement, now_);
  }
  void ReportEnds(const std::string& host) { census_.Left(Reporter(host, kReporters), now_); }
  static StreamKey Reporter(const std::string& host, const PeerKey& peer) {
    return {peer, "reporter " + host, 0, host + ":99"};
  }

  static inline const PeerKey kReporters = {Side::kServer, "orders", true, /*attests=*/true};
};

TEST_F(AttestedTest, AConnectionFromTheHostOfAnAcceptingReportDoesNotBlock) {
  CountLong({"192.0.2.1:1", "192.0.2.1:2", "192.0.2.2:1"});
  EXPECT_EQ(Number(AdoptionState::kSilent), 3);
  Report("192.0.2.1");
  EXPECT_EQ(Blocking(), 4);  // the report has not answered
  ReportAnswer("192.0.2.1", v1::ACCEPTED);
  EXPECT_EQ(Number(AdoptionState::kAttested), 3);
  EXPECT_EQ(Number(AdoptionState::kSilent), 1);
  EXPECT_EQ(Blocking(), 1);
  EXPECT_EQ(Number(AdoptionState::kAccepting), 0);
}

TEST_F(AttestedTest, AReportThatWouldRefuseSpeaksForNone) {
  CountLong({"192.0.2.1:1"});
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::PIN_MISMATCH);
  EXPECT_EQ(Number(AdoptionState::kBehind), 1);
  EXPECT_EQ(Number(AdoptionState::kSilent), 1);
}

TEST_F(AttestedTest, AReportThatEndsSpeaksForNoneAnyLonger) {
  CountLong({"192.0.2.1:1"});
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::ACCEPTED);
  EXPECT_EQ(Blocking(), 0);
  ReportEnds("192.0.2.1");
  EXPECT_EQ(Number(AdoptionState::kSilent), 1);
}

TEST_F(AttestedTest, AReportIsAboutItsOwnPeer) {
  const PeerKey batch = {Side::kServer, "batch", true, /*attests=*/true};
  CountLong({"192.0.2.1:1"});
  Report("192.0.2.1", batch);
  ReportAnswer("192.0.2.1", v1::ACCEPTED, batch);
  int64_t silent = 0;
  for (const PeerAdoption& one : census_.About(absl::BytesToHexString(kFirst), now_)) {
    silent += one.state == AdoptionState::kSilent && one.peer == "orders" ? one.count : 0;
  }
  EXPECT_EQ(silent, 1);
}

// Clients that are not listed are counted together, so a report cannot be matched with some of them.
TEST_F(AttestedTest, UnlistedClientsAreNotSpokenFor) {
  const PeerKey unlisted = {Side::kServer, "", false};
  const PeerKey reporters = {Side::kServer, "", false, /*attests=*/true};
  for (int i = 0; i < 2; ++i) {
    census_.Counted({{unlisted, "192.0.2.1:1", false}}, absl::BytesToHexString(kFirst), now_);
    Pass(Census::kGrace);
  }
  Report("192.0.2.1", reporters);
  ReportAnswer("192.0.2.1", v1::ACCEPTED, reporters);
  EXPECT_EQ(Blocking(), 1);
}

TEST_F(AttestedTest, AConnectionThatAReportSpeaksForMayEnd) {
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::ACCEPTED);
  CountLong({"192.0.2.1:1", "192.0.2.2:1"});
  Count({});
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  // Also when its host shuts down, and the report ends first.
  CountLong({"192.0.2.1:2"});
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  ReportEnds("192.0.2.1");
  Count({"192.0.2.1:2"});
  Count({});
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
}

// Each of its reconnects would have taken the place of a client on another host that left and would be locked out.
TEST_F(AttestedTest, AConnectionThatAReportSpeaksForTakesNoPlace) {
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::ACCEPTED);
  CountLong({"192.0.2.2:1", "192.0.2.1:1"});
  for (int i = 2; i < 6; ++i) {
    CountLong({absl::StrCat("192.0.2.1:", i)});
    EXPECT_EQ(Number(AdoptionState::kGone), 1) << i;
  }
  EXPECT_EQ(Blocking(), 1);
}

// Otherwise no record would be left that the files on that host refuse the key.
TEST_F(AttestedTest, AConnectionWhoseReportRefusesIsWaitedFor) {
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::PIN_MISMATCH);
  CountLong({"192.0.2.1:1", "192.0.2.1:2"});
  ReportEnds("192.0.2.1");
  Count({});
  EXPECT_EQ(Number(AdoptionState::kGone), 2);
  Report("192.0.2.2");
  ReportAnswer("192.0.2.2", v1::ACCEPTED);
  EXPECT_EQ(Blocking(), 2);
}

// A server without any client would have switched.
TEST_F(AttestedTest, AReportWithoutAClientIsNobody) {
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::ACCEPTED);
  EXPECT_TRUE(census_.Look(absl::BytesToHexString(kFirst), now_).accepting.empty());
  CountLong({"192.0.2.1:1", "192.0.2.1:2"});
  const std::map<PeerKey, int64_t> accepting = census_.Look(absl::BytesToHexString(kFirst), now_).accepting;
  ASSERT_EQ(accepting.size(), 1);
  EXPECT_EQ(accepting.begin()->second, 2);
}

// A trial run would have kept the server from switching for a week.
TEST_F(AttestedTest, AReportThatHasEndedIsNotWaitedFor) {
  Report("192.0.2.1");
  ReportEnds("192.0.2.1");
  EXPECT_EQ(Blocking(), 0);
  Report("192.0.2.2");
  ReportAnswer("192.0.2.2", v1::PIN_MISMATCH);
  EXPECT_EQ(Blocking(), 1);
  ReportEnds("192.0.2.2");
  EXPECT_EQ(Blocking(), 0);
}

TEST_F(AttestedTest, ARowNamesThePinSetOfItsReport) {
  CountLong({"192.0.2.1:1"});
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::ACCEPTED);
  const std::vector<PeerAdoption> about = census_.About(absl::BytesToHexString(kFirst), now_);
  ASSERT_EQ(about.size(), 1);
  EXPECT_EQ(about[0].pin_set_version, 7);
}

// A report that starts is no new client, so a client that left is still waited for.
TEST_F(AttestedTest, AReportTakesNoPlaceOfAClient) {
  Join("a");
  Answer("a", v1::PIN_MISMATCH);
  Leave("a");
  Pass(absl::Minutes(1));
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::ACCEPTED);
  Settle();
  EXPECT_EQ(Number(AdoptionState::kGone), 1);
  Count({});
  EXPECT_EQ(Blocking(), 1);
}

TEST_F(AttestedTest, TheFileHasWhatTheReportsSay) {
  CountLong({"192.0.2.1:1", "192.0.2.2:1"});
  Report("192.0.2.1");
  ReportAnswer("192.0.2.1", v1::ACCEPTED);
  v1::CensusFile file;
  census_.WriteTo(absl::BytesToHexString(kFirst), &file);
  Census merged{absl::InfiniteDuration()};
  merged.Add(file, /*is_live=*/true);
  EXPECT_EQ(NumberIn(merged, AdoptionState::kAttested), 2);
  EXPECT_EQ(NumberIn(merged, AdoptionState::kSilent), 1);
  // After a restart, those that a report spoke for are not waited for: they are spoken for, or silent, when they
  // return.
  Census restarted{absl::Hours(24)};
  restarted.Add(file, /*is_live=*/false);
  EXPECT_EQ(NumberIn(restarted, AdoptionState::kGone), 1);
  EXPECT_EQ(NumberIn(restarted, AdoptionState::kSilent), 0);
}

}  // namespace
}  // namespace pinion
