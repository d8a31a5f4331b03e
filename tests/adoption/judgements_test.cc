#include "pinion/adoption/judgements.h"

#include <gtest/gtest.h>

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

class JudgementsTest : public ::testing::Test {
 protected:
  static v1::Candidate CandidateOf(const IssuedCertificate& certificate) {
    v1::Candidate candidate;
    for (const std::string& der : certificate.chain) candidate.add_certificates(der);
    return candidate;
  }
  std::shared_ptr<const Snapshot> Load() {
    return std::make_shared<const Snapshot>(OrDie(LoadSnapshot(lab_.OptionsForClient(lab_.client()))));
  }
  v1::Reason Reason(const IssuedCertificate& certificate, const std::string& host = Lab::kServerHost,
                    PeerRole peer = PeerRole::kServer) {
    return judgements_.Of(snapshot_, peer, host, CandidateOf(certificate), now_).answer.reason();
  }

  Lab lab_;
  absl::Time now_ = absl::Now();
  std::shared_ptr<const Snapshot> snapshot_ = Load();
  Judgements judgements_;
};

TEST_F(JudgementsTest, AreOfOneCandidateHostAndRole) {
  const IssuedCertificate impostor = lab_.Impostor();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Reason(lab_.server_backup()), v1::ACCEPTED);
    EXPECT_EQ(Reason(impostor), v1::PIN_MISMATCH);
    EXPECT_EQ(Reason(lab_.server_backup(), "other.test"), v1::HOST_NOT_PINNED);
    EXPECT_NE(Reason(lab_.server_backup(), Lab::kServerHost, PeerRole::kClient), v1::ACCEPTED);
  }
}

TEST_F(JudgementsTest, AreOfOneSnapshot) {
  const IssuedCertificate next = lab_.Impostor();
  EXPECT_EQ(Reason(next), v1::PIN_MISMATCH);
  for (v1::Peer& peer : *lab_.pin_set().mutable_peers()) {
    if (peer.name() != "server") continue;
    v1::Pin* const pin = peer.add_pins();
    pin->set_spki(next.SpkiPin());
    pin->set_state(v1::BACKUP);
  }
  EXPECT_EQ(Reason(next), v1::PIN_MISMATCH);
  snapshot_ = Load();
  EXPECT_EQ(Reason(next), v1::ACCEPTED);
}

TEST_F(JudgementsTest, EndWithWhatTheyAreAbout) {
  const Judgement judgement =
      judgements_.Of(snapshot_, PeerRole::kServer, Lab::kServerHost, CandidateOf(lab_.server_backup()), now_);
  ASSERT_EQ(judgement.answer.reason(), v1::ACCEPTED);
  const absl::Time before = now_;
  now_ = judgement.holds_until;
  EXPECT_EQ(Reason(lab_.server_backup()), v1::CERTIFICATE_EXPIRED);
  now_ = before;  // the clock is set back
  EXPECT_EQ(Reason(lab_.server_backup()), v1::ACCEPTED);
}

TEST_F(JudgementsTest, HaveALimit) {
  for (int i = 0; i < 200; ++i) ASSERT_EQ(Reason(lab_.Impostor()), v1::PIN_MISMATCH);
  EXPECT_EQ(Reason(lab_.server_backup()), v1::ACCEPTED);
}

}  // namespace
}  // namespace pinion
