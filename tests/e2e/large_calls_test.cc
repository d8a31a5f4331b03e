// Connections that are renewed all the time lose no call whose request is large.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "pinion/client/create_channel.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

// Answers large messages with their size.
class DigestingEcho final : public v1::Echo::Service {
 public:
  grpc::Status UnaryEcho(grpc::ServerContext* /*context*/, const v1::EchoRequest* request,
                         v1::EchoResponse* response) override {
    response->set_message(absl::StrCat(request->message().size()));
    return grpc::Status::OK;
  }
};

// gRPC's buffer for sending a call again holds 256 kB: a larger call was lost when the server renewed its connection
// while it was being sent.
TEST(LargeCallsTest, ARenewedConnectionLosesNone) {
  constexpr int kCallers = 4;
  constexpr int kCallsEach = 150;
  const std::string message(1 << 20, 'x');
  Lab lab;
  ServerOptions options = lab.OptionsForServer(lab.server());
  options.drain_window = absl::Milliseconds(100);  // each connection lives for 90 ms
  DigestingEcho echo;
  const TestServer server(options, {&echo});
  const auto channel = lab.CreateChannelTo(server.address(), lab.OptionsForClient(lab.client()));
  std::vector<std::thread> callers;
  std::atomic<int> lost{0};
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      const auto stub = v1::Echo::NewStub(channel);
      for (int call = 0; call < kCallsEach; ++call) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
        v1::EchoRequest request;
        v1::EchoResponse response;
        request.set_message(message);
        const grpc::Status status = stub->UnaryEcho(&context, request, &response);
        EXPECT_EQ(status.error_message(), "");
        lost += status.ok() ? 0 : 1;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(lost, 0);
  EXPECT_GT(lab.client_events().handshakes().size(), 5) << "the connection was hardly ever renewed";
}

}  // namespace
}  // namespace pinion::testing
