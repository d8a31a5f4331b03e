// Whether a refusal is the reason for a failed call.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "pinion/echo/echo_service.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload.h"

namespace pinion::testing {
namespace {

grpc::Status With(grpc::StatusCode code) { return {code, "refused by Pinion: PIN_REVOKED: forged"}; }

TEST(ExplainTest, ExplainsCallsThatHadNoConnectionAndNoOthers) {
  EchoService echo;
  Lab lab;
  const auto workload = OrDie(Workload::Create(lab.OptionsForClient(lab.client())));
  EXPECT_EQ(workload->Explain(With(grpc::StatusCode::UNAVAILABLE), "server.test:8443"), std::nullopt);
  EXPECT_THAT(Echo(lab.ChannelTo(lab.ServeAs(lab.Impostor(), &echo), *workload)), IsRefusedFor(v1::PIN_MISMATCH));
  for (int code = grpc::StatusCode::OK; code <= grpc::StatusCode::UNAUTHENTICATED; ++code) {
    const bool explained = code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::DEADLINE_EXCEEDED;
    const std::optional<Refusal> refusal =
        workload->Explain(With(static_cast<grpc::StatusCode>(code)), "dns:///SERVER.test:8443");
    ASSERT_EQ(refusal.has_value(), explained) << code;
    if (!explained) continue;
    EXPECT_EQ(refusal->reason, v1::PIN_MISMATCH);
    EXPECT_EQ(refusal->text, lab.client_events().handshakes().at(0).text);
  }
  EXPECT_EQ(workload->Explain(With(grpc::StatusCode::UNAVAILABLE), "other.test:8443"), std::nullopt);
  EXPECT_THAT(Echo(lab.ChannelTo(lab.Serve(&echo), *workload)), IsOk());
  EXPECT_EQ(workload->Explain(With(grpc::StatusCode::UNAVAILABLE), "server.test:8443"), std::nullopt);
}

TEST(ExplainTest, AWorkloadThatDoesNotCallExplainsNothing) {
  const Lab lab;
  const auto workload = OrDie(Workload::Create(lab.OptionsForServer(lab.server())));
  EXPECT_EQ(workload->Explain(With(grpc::StatusCode::UNAVAILABLE), Lab::kServerHost), std::nullopt);
  EXPECT_EQ(workload->LastRefusal(Lab::kServerHost), std::nullopt);
}

}  // namespace
}  // namespace pinion::testing
