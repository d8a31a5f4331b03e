#include "pinion/recording/handshake_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
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

TEST_F(HandshakeRecorderTest, ReportsOnceThatItCannotWriteAndThatItCanAgain) {
  {
    const auto recorder = Open();
    std::filesystem::remove_all(folder_);
    recorder->Record(OfClient());
    recorder->Record(OfClient());
  }
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_EQ(sink_->reloads[0].source, "recorded_handshakes_dir");
  EXPECT_THAT(sink_->reloads[0].error, HasSubstr(folder_));
  EXPECT_THAT(HandshakeRecorder::Open(folder_, sink_, absl::Now),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("recorded_handshakes_dir")));
}

}  // namespace
}  // namespace pinion
