#include "pinion/credentials/live_connections.h"

#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"

namespace pinion {
namespace {

using testing::Lab;
using testing::OrDie;

class LiveConnectionsTest : public ::testing::Test {
 protected:
  // A connection that is over: gRPC gives no such id.
  LiveSocket Over() {
    LiveSocket socket;
    socket.id = ++last_id_;
    socket.endpoints = {"127.0.0.1:443", absl::StrCat("127.0.0.1:", last_id_ % 60000)};
    socket.leaf_pem = lab_.client().CertificatePem();
    return socket;
  }

  Lab lab_;
  int64_t last_id_ = std::numeric_limits<int64_t>::max() / 2;
  absl::Time now_ = absl::Now();
  const std::shared_ptr<const PeerVerifier> verifier_ = std::make_shared<const PeerVerifier>(
      OrDie(x509::TrustRoots::FromPem(lab_.ca().RootPem())), OrDie(PinSet::FromProto(lab_.pin_set())), v1::IF_LISTED);
  int judged_ = 0;
  const std::shared_ptr<PeerGate> gate_ = std::make_shared<PeerGate>(
      [this] {
        ++judged_;
        return verifier_;
      },
      PeerGate::Settings{PeerRole::kClient, /*events=*/nullptr, /*last_refusals=*/nullptr, [this] { return now_; }});
  LiveConnections connections_{
      LiveConnections::Settings{Side::kServer, gate_, /*events=*/nullptr, [this] { return now_; }, absl::Minutes(1)}};
};

// A server remembered each connection, with its certificate, until its files changed: clients that came and went made
// it grow for ever, and slower with each.
TEST_F(LiveConnectionsTest, ForgetsThoseThatAreOverThoughNothingChanges) {
  for (int i = 0; i < 10000; ++i) {
    connections_.Add(Over(), "");
    connections_.JudgeDue();
    ASSERT_LE(connections_.size(), 64);
  }
}

TEST_F(LiveConnectionsTest, WhereNothingIsDueJudgesThoseThatAreNewAlone) {
  for (int i = 0; i < 50; ++i) connections_.Add(Over(), "");
  EXPECT_EQ(connections_.JudgeDue().next, absl::Minutes(1));
  EXPECT_EQ(judged_, 50);
  connections_.Add(Over(), "");
  connections_.JudgeDue();
  EXPECT_EQ(judged_, 51);
  connections_.JudgeDue();
  EXPECT_EQ(judged_, 51);
  connections_.Judge();
  EXPECT_EQ(judged_, 51 + 51);
}

TEST_F(LiveConnectionsTest, AllAreDueWhenOneVerdictRunsOut) {
  for (int i = 0; i < 10; ++i) connections_.Add(Over(), "");
  connections_.JudgeDue();
  // The next one's certificate ends in this moment.
  now_ = OrDie(x509::Certificate::FromDer(lab_.client().chain.front())).not_after() - absl::Nanoseconds(1);
  connections_.Add(Over(), "");
  connections_.JudgeDue();
  EXPECT_EQ(judged_, 11);
  EXPECT_TRUE(connections_.is_due());
  connections_.JudgeDue();
  EXPECT_EQ(judged_, 11 + 11);
}

}  // namespace
}  // namespace pinion
