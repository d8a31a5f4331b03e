// What a refusal reports to the application, and how a channel recovers from it.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload.h"
#include "pinion/x509/pki/issue.h"
#include "tests/e2e/stock_server.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;

// One call that waits for a connection until the deadline.
grpc::Status WaitingCall(const std::shared_ptr<grpc::Channel>& channel, std::chrono::milliseconds deadline) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  v1::EchoResponse response;
  return v1::Echo::NewStub(channel)->UnaryEcho(&context, v1::EchoRequest(), &response);
}

TEST(RefusedCall, ReportsTheKeyFoundTheKeysExpectedAndTheNextStep) {
  const Lab lab;
  const IssuedCertificate impostor =
      lab.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, [](auto& recipe) { recipe.common_name = "Mallory"; });
  const grpc::Status status = CallStockServer(lab, impostor);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(
      status.error_message(),
      HasSubstr(absl::StrCat("refused by Pinion: PIN_MISMATCH: \"server.test\" holds a key that is not a pin of peer "
                             "\"server\"; presented ",
                             impostor.SpkiPin(), " (subject \"CN=Mallory\", issuer \"CN=Lab CA\", valid ")));
  EXPECT_THAT(
      status.error_message(),
      HasSubstr(absl::StrCat("; expected one of ", lab.server().SpkiPin(), " (ACTIVE), ", lab.server_backup().SpkiPin(),
                             " (BACKUP); if the key is truly that peer's, add it to peer \"server\" in the "
                             "pin set; if not, treat the peer as an impostor")));
}

TEST(RefusedCall, ReportsTheSameInTheEvent) {
  const Lab lab;
  const IssuedCertificate impostor = lab.Impostor();
  const grpc::Status status = CallStockServer(lab, impostor);
  const HandshakeEvent event = lab.client_events().handshakes().at(0);
  EXPECT_THAT(event, IsRefusedFor(v1::PIN_MISMATCH));
  EXPECT_THAT(status.error_message(), HasSubstr(event.text));
  EXPECT_EQ(event.host, Lab::kServerHost);
  EXPECT_EQ(event.peer, "server");
  EXPECT_EQ(event.presented_pin, impostor.SpkiPin());
  EXPECT_EQ(event.presented_subject, "CN=test leaf");
}

TEST(RefusedCall, NeverPassesOnWhatAServerCouldPutIntoALog) {
  const Lab lab;
  const auto with_subject = [](auto& recipe) { recipe.common_name = "a\nlevel=info\x1b[2J\xc3\xa4\"\\,="; };
  const IssuedCertificate nasty = lab.ca().Issue({Lab::kServerHost, Lab::kServerIdentity}, with_subject);
  const grpc::Status status = CallStockServer(lab, nasty);
  EXPECT_THAT(status, IsRefusedFor(v1::PIN_MISMATCH));
  for (const std::string& text : {status.error_message(), lab.client_events().handshakes().at(0).text}) {
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), absl::ascii_isprint)) << text;
  }
}

TEST(RefusedCall, ByAServerIsReportedWithoutAReason) {
  Lab lab;
  const IssuedCertificate stranger = lab.ca().Issue({Lab::kClientIdentity});
  const EchoServer echo(lab.OptionsForServer(lab.server()));
  const auto workload = OrDie(Workload::Create(lab.OptionsForClient(stranger)));
  const grpc::Status status = Echo(lab.ChannelTo(echo.address(), *workload));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status, IsRefusedFor(v1::REASON_UNSPECIFIED));
  EXPECT_EQ(workload->LastRefusal(Lab::kServerHost), std::nullopt);
}

TEST(RefusedCall, ThatWaitsForReadyFindsItsReasonInTheLastRefusal) {
  Lab lab;
  const EchoServer legitimate(StockCredentials(lab.server()));
  const EchoServer wrong(StockCredentials(lab.Impostor()));
  const auto workload = OrDie(Workload::Create(lab.OptionsForClient(lab.client())));
  const grpc::Status status = WaitingCall(lab.ChannelTo(wrong.address(), *workload), std::chrono::milliseconds(500));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(status, IsRefusedFor(v1::REASON_UNSPECIFIED));
  ASSERT_TRUE(lab.client_events().WaitForHandshake().has_value());
  for (const char* target : {"server.test", "server.test:8443", "dns:///SERVER.test.:8443"}) {
    const std::optional<Refusal> refusal = workload->LastRefusal(target);
    ASSERT_TRUE(refusal.has_value()) << target;
    EXPECT_EQ(refusal->reason, v1::PIN_MISMATCH);
    EXPECT_EQ(refusal->text, lab.client_events().handshakes().at(0).text);
  }
  EXPECT_EQ(workload->LastRefusal("other.test"), std::nullopt);

  EXPECT_THAT(Echo(lab.ChannelTo(legitimate.address(), *workload)), IsOk());
  EXPECT_EQ(workload->LastRefusal(Lab::kServerHost), std::nullopt);
}

TEST(RefusedCall, IsFoundByTheTargetAsItWasDialled) {
  Lab lab;
  lab.pin_set().mutable_peers(0)->add_hosts("127.0.0.1");
  const EchoServer wrong(StockCredentials(lab.ca().Issue({"127.0.0.1", Lab::kServerIdentity})));
  const auto workload = OrDie(Workload::Create(lab.OptionsForClient(lab.client())));
  const auto channel = lab.ChannelTo(wrong.address(), *workload, wrong.address());
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_MISMATCH));
  EXPECT_EQ(lab.client_events().handshakes().at(0).host, "127.0.0.1");
  const std::optional<Refusal> refusal = workload->LastRefusal(wrong.address());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, v1::PIN_MISMATCH);
}

TEST(RefusedCall, IsFollowedByOthersThatSucceedOnceThePinIsGood) {
  Lab lab;
  lab.pin_set().mutable_peers(0)->mutable_pins(1)->mutable_not_before()->set_seconds(
      absl::ToUnixSeconds(absl::Now() + absl::Hours(1)));
  const EchoServer echo(StockCredentials(lab.server_backup()));
  const auto workload = OrDie(Workload::Create(lab.OptionsForClient(lab.client())));
  const auto channel = lab.ChannelTo(echo.address(), *workload);
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_NOT_YET_VALID));
  lab.clock().Advance(absl::Hours(2));
  // gRPC reconnects the same channel by itself, after its back-off of about a second.
  EXPECT_THAT(WaitingCall(channel, std::chrono::seconds(30)), IsOk());
  EXPECT_EQ(workload->LastRefusal(Lab::kServerHost), std::nullopt);
}

TEST(RefusedCall, NeedsNoEventSink) {
  Lab lab;
  WorkloadOptions options = lab.OptionsForClient(lab.client());
  options.events = nullptr;
  const EchoServer wrong(StockCredentials(lab.Impostor()));
  EXPECT_THAT(Echo(lab.ChannelTo(wrong.address(), options)), IsRefusedFor(v1::PIN_MISMATCH));
}

}  // namespace
}  // namespace pinion::testing
