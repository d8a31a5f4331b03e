// The pin set of one side expires while connections are open.
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "pinion/base/file.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

class ExpiringPinSetTest : public ::testing::Test {
 protected:
  // Of the pin set that the options made from now on have.
  void ExpireIn(absl::Duration time) {
    lab_.pin_set().mutable_expires()->set_seconds(absl::ToUnixSeconds(absl::Now() + time));
  }
  WorkloadOptions Client() const {
    WorkloadOptions options = lab_.OptionsForClient(lab_.client());
    options.clock = lab_.clock().AsFunction();
    return options;
  }

  mutable Lab lab_;
};

TEST_F(ExpiringPinSetTest, OpenConnectionsAndTheirCallsGoOnAndNewOnesAreRefused) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  ExpireIn(absl::Hours(1));
  const auto workload = OrDie(Workload::Create(Client()));
  const auto channel = lab_.CreateChannelTo(server.address(), *workload);
  Conversation conversation(channel);
  ASSERT_TRUE(conversation.Exchange());
  const auto credentials_alone = lab_.ChannelTo(server.address(), *workload);
  ASSERT_THAT(Echo(credentials_alone), IsOk());
  lab_.clock().Advance(absl::Hours(2));
  workload->Reload();
  EXPECT_TRUE(conversation.Exchange());
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_THAT(Echo(credentials_alone), IsOk());
  EXPECT_THAT(Echo(lab_.CreateChannelTo(server.address(), *workload)), IsRefusedFor(v1::PIN_SET_EXPIRED));
  EXPECT_TRUE(conversation.Exchange());
  EXPECT_TRUE(workload->Status().pin_set.error.ok());
}

TEST_F(ExpiringPinSetTest, AServerRefusesNewClientsAndKeepsTheOthers) {
  ExpireIn(absl::Hours(1));
  WorkloadOptions options = lab_.OptionsForServer(lab_.server());
  options.clock = lab_.clock().AsFunction();
  const EchoServer server(options);
  lab_.pin_set().clear_expires();
  const auto before = lab_.CreateChannelTo(server.address(), Client());
  ASSERT_THAT(Echo(before), IsOk());
  lab_.clock().Advance(absl::Hours(2));
  EXPECT_FALSE(Echo(lab_.CreateChannelTo(server.address(), Client())).ok());
  EXPECT_EQ(lab_.server_events().handshakes().back().reason, v1::PIN_SET_EXPIRED);
  EXPECT_THAT(Echo(before), IsOk());
}

using ExpiringPinFileTest = PartiesTest;

// The channel left a connection that worked for one that its expired pin set refuses.
TEST_F(ExpiringPinFileTest, OurOwnNewCertificateWaitsWhileThePinSetHasExpired) {
  const EchoServer server(From("server", events_));
  WritePins("client", 2, "ACTIVE", "BACKUP");
  const std::string pins = OrDie(ReadFile((folder_ / "client" / "pins.json").string()));
  const std::string expires = absl::FormatTime(R"("expires": "%Y-%m-%dT%H:%M:%SZ", "peers")",
                                               absl::Now() + absl::Hours(1), absl::UTCTimeZone());
  Write("client", "pins.json", absl::StrReplaceAll(pins, {{R"("peers")", expires}}));
  WorkloadOptions options = From("client", events_);
  options.clock = lab_.clock().AsFunction();
  const auto workload = OrDie(Workload::Create(options));
  const auto channel = lab_.CreateChannelTo(server.address(), *workload);
  ASSERT_THAT(Echo(channel), IsOk());
  lab_.clock().Advance(absl::Hours(2));
  const IssuedCertificate renewed = lab_.ca().Issue({Lab::kClientIdentity, "renewed.lab.test"}, lab_.client().key);
  WriteParty("client", renewed);
  workload->Reload();
  EXPECT_EQ(workload->Status().identity.generation, 2);
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Echo(channel), IsOk());
  // A later end, and the new certificate is used.
  WritePins("client", 3, "ACTIVE", "BACKUP");
  workload->Reload();
  EXPECT_TRUE(WaitUntil([&] {
    const grpc::Status status = Echo(channel);
    EXPECT_THAT(status, IsOk());
    return !status.ok() || events_->handshakes().size() >= 4;  // two connections, seen from both sides
  }));
}

}  // namespace
}  // namespace pinion::testing
