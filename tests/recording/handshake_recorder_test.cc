#include "pinion/recording/handshake_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "pinion/recording/recorded_handshakes.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/wait_until.h"
#include "tests/recording/folder_fixture.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Lab;
using testing::OrDie;
using ::testing::SizeIs;
using testing::StatusIs;

class KeepingSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& /*event*/) override {}
  void OnReload(const ReloadEvent& event) override { reloads.push_back(event); }
  std::vector<ReloadEvent> reloads;  // read after the recorder has ended
};

class HandshakeRecorderTest : public FolderTest {
 protected:
  std::shared_ptr<HandshakeRecorder> Open() const { return OrDie(HandshakeRecorder::Open(folder_, sink_, absl::Now)); }

  std::shared_ptr<const PeerVerifier> Verifier(v1::UnlistedClients unlisted_clients) {
    return std::make_shared<const PeerVerifier>(OrDie(x509::TrustRoots::FromPem(lab_.ca().RootPem())),
                                                OrDie(PinSet::FromProto(lab_.pin_set())), unlisted_clients);
  }
  HandshakeRecorder::Handshake OfClient() {
    return {PeerRole::kClient, "", lab_.client().CertificatePem(), "", Verifier(v1::REFUSE), v1::ACCEPTED, "client"};
  }

  Lab lab_;
  const std::shared_ptr<KeepingSink> sink_ = std::make_shared<KeepingSink>();
};

TEST_F(HandshakeRecorderTest, RecordsBothSidesWithTheirRoots) {
  const std::string leaf = lab_.server().CertificatePem();
  const std::string issuer = lab_.ca().RootPem();
  {
    const auto recorder = Open();
    recorder->Record(OfClient());
    // gRPC's clients have the leaf in the chain, too; its servers do not.
    recorder->Record(
        {PeerRole::kServer, Lab::kServerHost, leaf, leaf + issuer, Verifier(v1::REFUSE), v1::PIN_MISMATCH, "server"});
    recorder->Record({PeerRole::kServer, "other.test", leaf, issuer, Verifier(v1::REFUSE), v1::ACCEPTED, "server"});
  }
  const Recording read = OrDie(ReadRecording(folder_));
  EXPECT_EQ(read.client_roots, issuer);
  EXPECT_EQ(read.server_roots, issuer);
  ASSERT_THAT(read.handshakes, SizeIs(3));
  for (const v1::RecordedHandshake& one : read.handshakes) {
    const bool served = one.side() == v1::SERVES;
    EXPECT_EQ(one.unlisted_clients(), served ? v1::REFUSE : v1::UNLISTED_CLIENTS_UNSPECIFIED);
    EXPECT_EQ(one.chain(), served ? lab_.client().CertificatePem() : leaf + issuer);
    EXPECT_EQ(one.reason(), one.host() == Lab::kServerHost ? v1::PIN_MISMATCH : v1::ACCEPTED);
  }
  EXPECT_THAT(sink_->reloads, IsEmpty());
}

TEST_F(HandshakeRecorderTest, AHandshakeWithoutACertificateIsNotRecorded) {
  Open()->Record({PeerRole::kClient, "", "", "", Verifier(v1::REFUSE), v1::NO_CERTIFICATE, ""});
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(HandshakeRecorderTest, ARecordIsWrittenAgainWhereTheFolderWasEmptied) {
  const auto record_and_empty = [this](const std::shared_ptr<HandshakeRecorder>& recorder) {
    recorder->Record(OfClient());
    EXPECT_TRUE(testing::WaitUntil([this] { return Files().size() == 2; }));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  };
  const auto recorder = Open();
  record_and_empty(recorder);
  record_and_empty(recorder);
}

TEST_F(HandshakeRecorderTest, AChainThatNoPeerNeedsIsNotRecorded) {
  HandshakeRecorder::Handshake handshake = OfClient();
  handshake.chain_pem = std::string(HandshakeRecorder::kMostChainBytes, '\n');
  Open()->Record(handshake);
  EXPECT_THAT(Files(), IsEmpty());
}

// A leaf that is accepted alone is a chain; one that is not belongs to a session that was resumed.
TEST_F(HandshakeRecorderTest, ALeafAloneIsAChainIfItIsAcceptedAlone) {
  const testing::IssuedCertificate below =
      lab_.ca().Intermediate("sub CA").Issue({Lab::kClientIdentity}, lab_.client().key);
  const std::string leaf = x509::EncodePem(below.chain[0]);
  const std::string issuer = x509::EncodePem(below.chain[1]);
  for (const bool is_anchor : {false, true}) {
    const auto verifier = std::make_shared<const PeerVerifier>(
        OrDie(x509::TrustRoots::FromPem(lab_.ca().RootPem() + (is_anchor ? issuer : ""))),
        OrDie(PinSet::FromProto(lab_.pin_set())), v1::REFUSE);
    {
      const auto recorder = Open();
      for (const std::string& chain : {issuer, std::string()}) {
        recorder->Record({PeerRole::kClient, "", leaf, chain, verifier, v1::ACCEPTED, "client"});
      }
    }
    EXPECT_THAT(OrDie(ReadRecording(folder_)).handshakes, SizeIs(is_anchor ? 2 : 1));
  }
}

// The thread that writes outlives a recorder that cannot wait for it.
TEST_F(HandshakeRecorderTest, ASlowDiskKeepsNothingFromEnding) {
  class SlowSink final : public EventSink {
   public:
    void OnHandshake(const HandshakeEvent& /*event*/) override {}
    void OnReload(const ReloadEvent& /*event*/) override {
      has_begun = true;
      while (!may_end) std::this_thread::yield();
      has_ended = true;
    }
    std::atomic<bool> has_begun{false};
    std::atomic<bool> may_end{false};
    std::atomic<bool> has_ended{false};
  };
  const auto sink = std::make_shared<SlowSink>();
  auto recorder = OrDie(HandshakeRecorder::Open(folder_, sink, absl::Now));
  std::filesystem::remove_all(folder_);
  recorder->Record(OfClient());
  EXPECT_TRUE(testing::WaitUntil([&] { return sink->has_begun.load(); }));
  recorder.reset();
  sink->may_end = true;
  EXPECT_TRUE(testing::WaitUntil([&] { return sink->has_ended.load(); }));
}

TEST_F(HandshakeRecorderTest, ReportsOnceThatItCannotWriteAndThatItCanAgain) {
  {
    const auto recorder = Open();
    std::filesystem::remove_all(folder_);
    recorder->Record(OfClient());
    recorder->Record(OfClient());
  }
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_EQ(sink_->reloads[0].source, "recorded_handshakes_dir");
  EXPECT_THAT(sink_->reloads[0].error, HasSubstr(folder_ + ": "));
  EXPECT_THAT(HandshakeRecorder::Open(folder_, sink_, absl::Now),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("recorded_handshakes_dir")));
}

}  // namespace
}  // namespace pinion
