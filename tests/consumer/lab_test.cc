// A user's own service under real mutual TLS, with pins on both sides.
#include <gtest/gtest.h>

#include "greeter_service.h"
#include "helloworld.grpc.pb.h"
#include "pinion/testing/defect.h"
#include "pinion/testing/lab_fixture.h"
#include "pinion/testing/live_lab.h"
#include "pinion/testing/matchers.h"

using helloworld::Greeter;
using pinion::testing::IsOk;
using pinion::testing::IsRefusedFor;
using pinion::testing::Lab;
using ::testing::Not;

namespace {

grpc::Status SayHello(const std::shared_ptr<grpc::ChannelInterface>& channel, helloworld::HelloReply* reply) {
  helloworld::HelloRequest request;
  request.set_name("lab");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  return Greeter::NewStub(channel)->SayHello(&context, request, reply);
}

// Two lines to a stub, where a fixture does not fit.
TEST(Greeter, GreetsUnderMutualTls) {
  GreeterServiceImpl greeter;
  pinion::testing::Lab lab;
  const auto channel = lab.ChannelTo(lab.Serve(&greeter));

  helloworld::HelloReply reply;
  EXPECT_THAT(SayHello(channel, &reply), IsOk());
  EXPECT_EQ(reply.message(), "Hello lab");
}

// One line, where a fixture fits.
using GreeterTest = pinion::testing::LabTest<GreeterServiceImpl>;

TEST_F(GreeterTest, Greets) {
  helloworld::HelloReply reply;
  EXPECT_THAT(SayHello(channel(), &reply), IsOk());
  EXPECT_EQ(reply.message(), "Hello lab");
}

TEST_F(GreeterTest, AnImpostorIsRefused) {
  helloworld::HelloReply reply;
  EXPECT_THAT(SayHello(ChannelToHolderOf(lab().Impostor()), &reply), IsRefusedFor(pinion::v1::PIN_MISMATCH));
  EXPECT_EQ(reply.message(), "");
}

TEST_F(GreeterTest, AClientWithAnotherKeyIsRefused) {
  helloworld::HelloReply reply;
  EXPECT_THAT(SayHello(ChannelAs(lab().ca().Issue({Lab::kClientIdentity})), &reply), Not(IsOk()));
  EXPECT_THAT(*lab().server_events().WaitForHandshake(), IsRefusedFor(pinion::v1::PIN_MISMATCH));
}

TEST_F(GreeterTest, TheRightKeyExcusesNothing) {
  using pinion::testing::Defect;
  for (const Defect defect : {Defect::kExpired, Defect::kWrongHost, Defect::kOtherCa}) {
    const auto server = IssueWith(defect, lab().ca(), {Lab::kServerHost, Lab::kServerIdentity}, lab().server().key);
    helloworld::HelloReply reply;
    EXPECT_THAT(SayHello(ChannelToHolderOf(server), &reply), Not(IsOk())) << NameOf(defect);
  }
}

TEST(Greeter, GreetsOnWhileItsKeyIsRotated) {
  GreeterServiceImpl greeter;
  pinion::testing::LiveLab lab;
  const auto channel = lab.ChannelTo(lab.Serve(&greeter));

  helloworld::HelloReply reply;
  EXPECT_THAT(SayHello(channel, &reply), IsOk());
  lab.RotateServerKey();
  EXPECT_THAT(SayHello(channel, &reply), IsOk());
}

}  // namespace
