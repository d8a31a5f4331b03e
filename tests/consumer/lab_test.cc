// A user's own service under real mutual TLS, with pins on both sides.
#include "pinion/testing/lab.h"

#include <gtest/gtest.h>

#include "greeter_service.h"
#include "helloworld.grpc.pb.h"
#include "pinion/testing/matchers.h"

using helloworld::Greeter;
using pinion::testing::IsOk;
using pinion::testing::IsRefusedFor;

namespace {

grpc::Status SayHello(Greeter::Stub* stub, helloworld::HelloReply* reply) {
  helloworld::HelloRequest request;
  request.set_name("lab");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  return stub->SayHello(&context, request, reply);
}

TEST(Greeter, GreetsUnderMutualTls) {
  GreeterServiceImpl greeter;
  pinion::testing::Lab lab;
  auto stub = Greeter::NewStub(lab.ChannelTo(lab.Serve(&greeter)));

  helloworld::HelloReply reply;
  EXPECT_THAT(SayHello(stub.get(), &reply), IsOk());
  EXPECT_EQ(reply.message(), "Hello lab");
}

TEST(Greeter, AnImpostorIsRefused) {
  GreeterServiceImpl greeter;
  pinion::testing::Lab lab;
  const pinion::testing::TestServer impostor(lab.OptionsForServer(lab.Impostor()), {&greeter});
  auto stub = Greeter::NewStub(lab.ChannelTo(impostor.address()));

  helloworld::HelloReply reply;
  EXPECT_THAT(SayHello(stub.get(), &reply), IsRefusedFor(pinion::v1::PIN_MISMATCH));
  EXPECT_EQ(reply.message(), "");
}

}  // namespace
