// Each call re-checks its live connection before it leaves the client.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload.h"
#include "pinion/x509/pki/issue.h"

namespace pinion::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Counts the calls that reach a handler.
class CountingEcho final : public v1::Echo::Service {
 public:
  grpc::Status UnaryEcho(grpc::ServerContext* context, const v1::EchoRequest* request,
                         v1::EchoResponse* response) override {
    ++calls_;
    return echo_.UnaryEcho(context, request, response);
  }
  grpc::Status BidirectionalEcho(grpc::ServerContext* context,
                                 grpc::ServerReaderWriter<v1::EchoResponse, v1::EchoRequest>* stream) override {
    ++calls_;
    return echo_.BidirectionalEcho(context, stream);
  }
  int calls() const { return calls_; }

 private:
  EchoService echo_;
  std::atomic<int> calls_{0};
};

class PerCall : public ::testing::Test {
 protected:
  v1::Peer* ServerPeer() { return lab_.pin_set().mutable_peers(0); }
  static int64_t InAnHour() { return absl::ToUnixSeconds(absl::Now() + absl::Hours(1)); }

  std::vector<v1::Reason> ReportedReasons() const {
    std::vector<v1::Reason> reasons;
    for (const HandshakeEvent& event : lab_.client_events().handshakes()) reasons.push_back(event.reason);
    return reasons;
  }

  CountingEcho service_;  // outlives the lab's server
  Lab lab_;
};

grpc::Status EchoAs(const std::shared_ptr<grpc::Channel>& channel, const std::string& authority) {
  grpc::ClientContext context;
  context.set_authority(authority);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  v1::EchoResponse response;
  return v1::Echo::NewStub(channel)->UnaryEcho(&context, v1::EchoRequest(), &response);
}

TEST_F(PerCall, RefusesOnceThePinHasEnded) {
  ServerPeer()->mutable_pins(0)->mutable_not_after()->set_seconds(InAnHour());
  const auto channel = lab_.ChannelTo(lab_.Serve(&service_));
  EXPECT_THAT(Echo(channel), IsOk());
  lab_.clock().Advance(absl::Hours(2));
  const grpc::Status status = Echo(channel);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status, IsRefusedFor(v1::PIN_EXPIRED));
  EXPECT_THAT(status.error_message(), HasSubstr(lab_.server().SpkiPin()));
  EXPECT_EQ(service_.calls(), 1);
  EXPECT_THAT(lab_.server_events().handshakes(), SizeIs(1)) << "the refusal came from a new connection";
}

TEST_F(PerCall, RefusesOnceReportOnlyHasEnded) {
  ServerPeer()->mutable_report_only_until()->set_seconds(InAnHour());
  const EchoServer stranger(lab_.OptionsForServer(lab_.Impostor()));
  const auto channel = lab_.ChannelTo(stranger.address());
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_THAT(Echo(channel), IsOk());
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_MISMATCH));
  EXPECT_THAT(ReportedReasons(), ElementsAre(v1::ACCEPTED, v1::PIN_MISMATCH));
}

TEST_F(PerCall, RefusesOnceTheCertificateHasEnded) {
  const EchoServer echo(
      lab_.OptionsForServer(lab_.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, lab_.server().key,
                                            [](auto& recipe) { recipe.not_after = absl::Now() + absl::Hours(1); })));
  const auto channel = lab_.ChannelTo(echo.address());
  EXPECT_THAT(Echo(channel), IsOk());
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::CERTIFICATE_EXPIRED));
}

TEST_F(PerCall, RefusesOnceAnIntermediateHasEnded) {
  const TestCa brief =
      lab_.ca().Intermediate("brief", [](auto& recipe) { recipe.not_after = absl::Now() + absl::Hours(1); });
  const EchoServer echo(
      lab_.OptionsForServer(brief.Issue({Lab::kServerHost, Lab::kServerIdentity}, lab_.server().key)));
  const auto channel = lab_.ChannelTo(echo.address());
  EXPECT_THAT(Echo(channel), IsOk());
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::CERTIFICATE_EXPIRED));
}

TEST_F(PerCall, ReportsEachChangeOnceAndRecovers) {
  ServerPeer()->mutable_pins(0)->mutable_not_after()->set_seconds(InAnHour());
  const auto workload = OrDie(Workload::Create(lab_.OptionsForClient(lab_.client())));
  const auto channel = lab_.ChannelTo(lab_.Serve(&service_), *workload);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Echo(channel), IsOk());
  lab_.clock().Advance(absl::Hours(2));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_EXPIRED));
  EXPECT_EQ(workload->LastRefusal(Lab::kServerHost)->reason, v1::PIN_EXPIRED);
  lab_.clock().Advance(-absl::Hours(2));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_EQ(workload->LastRefusal(Lab::kServerHost), std::nullopt);
  EXPECT_THAT(ReportedReasons(), ElementsAre(v1::ACCEPTED, v1::PIN_EXPIRED, v1::ACCEPTED));
  EXPECT_EQ(service_.calls(), 6);
}

TEST_F(PerCall, RefusesAnAuthorityThatIsNotListed) {
  const EchoServer echo(lab_.OptionsForServer(
      lab_.ca().Issue({Lab::kServerHost, "unlisted.test", Lab::kServerIdentity}, lab_.server().key)));
  const auto channel = lab_.ChannelTo(echo.address());
  EXPECT_THAT(EchoAs(channel, "server.test"), IsOk());
  EXPECT_THAT(EchoAs(channel, "unlisted.test"), IsRefusedFor(v1::HOST_NOT_PINNED));
  EXPECT_THAT(EchoAs(channel, "server.test"), IsOk());
}

TEST_F(PerCall, RefusesAnAuthorityOfAnotherPeer) {
  v1::Peer* other = lab_.pin_set().add_peers();
  *other = lab_.pin_set().peers(1);
  other->set_name("other");
  other->clear_identities();
  other->add_hosts("other.test");
  other->mutable_pins(0)->set_spki(lab_.Impostor().SpkiPin());
  other->mutable_pins(1)->set_spki(lab_.Impostor().SpkiPin());
  const EchoServer echo(lab_.OptionsForServer(
      lab_.ca().Issue({Lab::kServerHost, "other.test", Lab::kServerIdentity}, lab_.server().key)));
  const auto channel = lab_.ChannelTo(echo.address());
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_THAT(EchoAs(channel, "other.test"), IsRefusedFor(v1::PIN_MISMATCH));
}

TEST_F(PerCall, IsRefusedByGrpcForAnAuthorityThatTheCertificateIsNotFor) {
  const auto channel = lab_.ChannelTo(lab_.Serve(&service_));
  EXPECT_THAT(Echo(channel), IsOk());
  const grpc::Status status = EchoAs(channel, "elsewhere.test");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << status.error_message();
  EXPECT_EQ(service_.calls(), 1);
}

TEST_F(PerCall, RefusesStreamsToo) {
  ServerPeer()->mutable_pins(0)->mutable_not_after()->set_seconds(InAnHour());
  const auto channel = lab_.ChannelTo(lab_.Serve(&service_));
  const auto stub = v1::Echo::NewStub(channel);
  v1::EchoRequest request;
  v1::EchoResponse response;
  grpc::ClientContext early_context;
  const auto early = stub->BidirectionalEcho(&early_context);
  EXPECT_TRUE(early->Write(request) && early->Read(&response));
  lab_.clock().Advance(absl::Hours(2));
  grpc::ClientContext late_context;
  late_context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const auto late = stub->BidirectionalEcho(&late_context);
  EXPECT_FALSE(late->Read(&response));
  const grpc::Status status = late->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status, IsRefusedFor(v1::PIN_EXPIRED));
  EXPECT_EQ(service_.calls(), 1);
  // An open stream is not closed.
  EXPECT_TRUE(early->Write(request) && early->Read(&response) && early->WritesDone());
  EXPECT_THAT(early->Finish(), IsOk());
}

TEST_F(PerCall, HoldsForManyCallsAtOnce) {
  ServerPeer()->mutable_pins(0)->mutable_not_after()->set_seconds(InAnHour());
  const auto channel = lab_.ChannelTo(lab_.Serve(&service_));
  EXPECT_THAT(Echo(channel), IsOk());
  std::atomic<int> succeeded{1};
  std::atomic<int> finished{0};
  std::vector<std::thread> callers;
  callers.reserve(8);
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&channel, &succeeded, &finished] {
      for (int call = 0; call < 50; ++call) {
        const grpc::Status status = Echo(channel);
        if (status.ok()) {
          ++succeeded;
        } else {
          EXPECT_THAT(status, IsRefusedFor(v1::PIN_EXPIRED)) << status.error_message();
        }
      }
      ++finished;
    });
  }
  for (int i = 0; finished < 8; ++i) {
    lab_.clock().Advance(absl::Hours(i % 2 == 0 ? 2 : -2));
    std::this_thread::yield();
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(service_.calls(), succeeded);
  lab_.clock().Advance(absl::Hours(4));
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_EXPIRED));
  EXPECT_EQ(service_.calls(), succeeded);
}

}  // namespace
}  // namespace pinion::testing
