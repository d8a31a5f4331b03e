// Files change while servers and channels run that use Pinion's credentials alone.
#include "pinion/testing/echo_server.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

using ReloadTest = PartiesTest;

TEST_F(ReloadTest, ARevokedPinStopsCallsOnTheLiveChannelWhichRecoversWithTheServer) {
  auto server = std::make_unique<EchoServer>(From("server"));
  const int port = server->port();
  const auto channel = lab_.ChannelTo(server->address(), From("client", events_));
  ASSERT_THAT(Echo(channel), IsOk());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  EXPECT_TRUE(CallsUntil(channel, v1::PIN_REVOKED));
  // gRPC offers no way to close the live connection: it ends with the server that holds the revoked key.
  server.reset();
  WriteParty("server", lab_.server_backup());
  server = std::make_unique<EchoServer>(From("server"), port);
  EXPECT_TRUE(CallsUntil(channel, v1::ACCEPTED));
  EXPECT_EQ(events_->handshakes().back().presented_pin, lab_.server_backup().SpkiPin());
}

TEST_F(ReloadTest, TheServersKeyIsReplacedOnTheLivePortAndNoCallFails) {
  const EchoServer server(From("server"));
  const auto workload = OrDie(Workload::Create(From("client", events_)));
  ASSERT_THAT(Echo(lab_.ChannelTo(server.address(), *workload)), IsOk());
  WriteParty("server", lab_.server_backup());
  // Each round makes a new handshake.
  EXPECT_TRUE(WaitUntil([&] {
    const grpc::Status status = Echo(lab_.ChannelTo(server.address(), *workload));
    EXPECT_THAT(status, IsOk());
    return !status.ok() || events_->handshakes().back().matched_state == v1::BACKUP;
  }));
}

TEST_F(ReloadTest, WhatIsWrongOnDiskChangesNothing) {
  const EchoServer server(From("server"));
  const auto workload = OrDie(Workload::Create(From("client", events_)));
  const auto channel = lab_.ChannelTo(server.address(), *workload);
  ASSERT_THAT(Echo(channel), IsOk());
  Write("server", "own.pem", lab_.server_backup().CertificatePem().substr(0, 200));
  Write("client", "pins.json", "{\"version\": 2,");
  EXPECT_TRUE(WaitUntil([&] { return !server.workload()->Status().identity.error.ok(); }));
  EXPECT_TRUE(WaitUntil([&] { return !workload->Status().pin_set.error.ok(); }));
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_THAT(Echo(lab_.ChannelTo(server.address())), IsOk());  // a new handshake
  EXPECT_EQ(workload->Status().pin_set_version, 1);
}

TEST_F(ReloadTest, WhatReloadAdoptsIsInEffectWhenItReturns) {
  const EchoServer server(From("server"));
  WorkloadOptions options = From("client", events_);
  options.refresh_interval = absl::Hours(1);
  const auto workload = OrDie(Workload::Create(options));
  const auto channel = lab_.ChannelTo(server.address(), *workload);
  ASSERT_THAT(Echo(channel), IsOk());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  workload->Reload();
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_REVOKED));
}

}  // namespace
}  // namespace pinion::testing
