#include "pinion/adoption/conversation.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>

#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload/snapshot.h"

namespace pinion {
namespace {

using testing::IssuedCertificate;
using testing::Lab;
using testing::OrDie;

const std::string kProcess(32, '0');

class ConversationTest : public ::testing::Test {
 protected:
  // The position of a client or of a server that will use `next`, if it is given.
  std::shared_ptr<const Position> Client() { return PositionOf(Load(lab_.OptionsForClient(lab_.client())), kProcess); }
  std::shared_ptr<const Position> Server(const IssuedCertificate* next = nullptr) {
    WorkloadOptions options = lab_.OptionsForServer(lab_.server());
    if (next != nullptr) {
      options.next_certificate = DataSource::Text(next->CertificatePem());
      options.next_private_key = DataSource::Text(next->PrivateKeyPem());
    }
    return PositionOf(Load(options), kProcess);
  }
  static std::shared_ptr<const Snapshot> Load(const WorkloadOptions& options) {
    return std::make_shared<const Snapshot>(OrDie(LoadSnapshot(options)));
  }
  static v1::Statement Parsed(const std::optional<std::string>& text) {
    v1::Statement statement;
    EXPECT_TRUE(text.has_value() && statement.ParseFromString(*text));
    return statement;
  }
  // What the client answers to a server that will use `next`.
  v1::Answer Answer(const IssuedCertificate& next) {
    EXPECT_TRUE(client_.Hear(Server(&next)->statement.SerializeAsString()).ok());
    const v1::Statement said = Parsed(client_.Say(Client(), "", now_));
    EXPECT_EQ(said.answers_size(), 1);
    return said.answers(0);
  }
  // A statement that only lacks what the test takes from it.
  v1::Statement Sound() { return Server(&lab_.server_backup())->statement; }
  bool IsHeard(const v1::Statement& statement) { return client_.Hear(statement.SerializeAsString()).ok(); }

  Lab lab_;
  const absl::Time now_ = absl::Now();
  Conversation client_{PeerRole::kServer, Lab::kServerHost};
};

TEST_F(ConversationTest, AClientAnswersWhatItsVerifierWouldSay) {
  const v1::Answer backup = Answer(lab_.server_backup());
  EXPECT_EQ(backup.reason(), v1::ACCEPTED);
  EXPECT_EQ(backup.matched_state(), v1::BACKUP);
  EXPECT_GT(backup.accepted_until().seconds(), absl::ToUnixSeconds(now_));
  EXPECT_EQ(Answer(lab_.Impostor()).reason(), v1::PIN_MISMATCH);
  EXPECT_EQ(Answer(lab_.ca().Issue({"other.test"}, lab_.server_backup().key)).reason(), v1::HOST_MISMATCH);
  EXPECT_EQ(Answer(testing::TestCa("Other CA").Issue({Lab::kServerHost}, lab_.server_backup().key)).reason(),
            v1::CHAIN_UNTRUSTED);
}

TEST_F(ConversationTest, AnAnswerIsAboutTheWholeChain) {
  const v1::Answer answer = Answer(lab_.server_backup());
  EXPECT_EQ(answer.candidate_sha256(), DigestOf(Server(&lab_.server_backup())->statement.candidates(0)));
  EXPECT_NE(
      answer.candidate_sha256(),
      Answer(lab_.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, lab_.server_backup().key)).candidate_sha256());
}

TEST_F(ConversationTest, TheSameIsNotSaidTwice) {
  const auto position = Client();
  EXPECT_TRUE(client_.Say(position, "", now_).has_value());
  EXPECT_FALSE(client_.Say(position, "", now_).has_value());
  EXPECT_TRUE(client_.Say(position, std::string(32, 'x'), now_).has_value());
  ASSERT_TRUE(client_.Hear(Server()->statement.SerializeAsString()).ok());
  EXPECT_FALSE(client_.Say(position, std::string(32, 'x'), now_).has_value());
}

TEST_F(ConversationTest, ANewPinSetIsANewAnswer) {
  EXPECT_EQ(Answer(lab_.Impostor()).reason(), v1::PIN_MISMATCH);
  const IssuedCertificate next = lab_.Impostor();
  EXPECT_EQ(Answer(next).reason(), v1::PIN_MISMATCH);
  lab_.pin_set().set_version(lab_.pin_set().version() + 1);
  for (v1::Peer& peer : *lab_.pin_set().mutable_peers()) {
    if (peer.name() != "server") continue;
    v1::Pin* const pin = peer.add_pins();
    pin->set_spki(next.SpkiPin());
    pin->set_state(v1::BACKUP);
  }
  const v1::Statement said = Parsed(client_.Say(Client(), "", now_));
  EXPECT_EQ(said.answers(0).reason(), v1::ACCEPTED);
  EXPECT_EQ(said.pin_set().version(), lab_.pin_set().version());
}

TEST_F(ConversationTest, AnAnswerIsGivenAgainWhenItHoldsNoLonger) {
  const v1::Answer answer = Answer(lab_.server_backup());
  const absl::Time end = absl::FromUnixSeconds(answer.accepted_until().seconds());
  const auto position = Client();
  static_cast<void>(client_.Say(position, "", now_));
  const v1::Statement said = Parsed(client_.Say(position, "", end + absl::Seconds(1)));
  EXPECT_EQ(said.answers(0).reason(), v1::CERTIFICATE_EXPIRED);
}

TEST_F(ConversationTest, AServerThatVerifiesNoServersRefusesTheirCandidates) {
  Conversation server(PeerRole::kServer, Lab::kServerHost);
  ASSERT_TRUE(server.Hear(Server(&lab_.server_backup())->statement.SerializeAsString()).ok());
  EXPECT_NE(Parsed(server.Say(Server(), "", now_)).answers(0).reason(), v1::ACCEPTED);
}

TEST_F(ConversationTest, WhatTheProtocolDoesNotAllowIsNotHeard) {
  EXPECT_TRUE(IsHeard(Sound()));
  EXPECT_FALSE(client_.Hear("\xff\xff").ok());
  v1::Statement statement = Sound();
  statement.set_process("0");
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  statement.set_process(std::string(32, '\n'));
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  statement.clear_pin_set();
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  statement.mutable_pin_set()->set_fleet(std::string(64, 'f'));
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  statement.set_presented_sha256("short");
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  for (int i = 0; i < kMostCandidates; ++i) *statement.add_candidates() = statement.candidates(0);
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  statement.mutable_candidates(0)->clear_certificates();
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  for (int i = 0; i < kMostCertificates; ++i) statement.mutable_candidates(0)->add_certificates("x");
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  statement.mutable_candidates(0)->add_certificates(std::string(kMostCandidateBytes, 'x'));
  EXPECT_FALSE(IsHeard(statement));
  statement = Sound();
  statement.add_answers()->set_candidate_sha256("short");
  EXPECT_FALSE(IsHeard(statement));
  for (const int64_t until : {int64_t{-1}, int64_t{253'402'300'800}, std::numeric_limits<int64_t>::max()}) {
    statement = Sound();
    v1::Answer* const answer = statement.add_answers();
    answer->set_candidate_sha256(std::string(32, 'x'));
    answer->mutable_accepted_until()->set_seconds(until);
    EXPECT_FALSE(IsHeard(statement)) << until;
  }
}

}  // namespace
}  // namespace pinion
