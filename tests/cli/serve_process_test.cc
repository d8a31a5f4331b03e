// `pinion serve` as a process: its services besides echo, and its end at SIGTERM: it refuses new connections, waits for
// running calls, and exits with 0.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/wait_until.h"
#include "pinion/v1/echo.grpc.pb.h"

namespace pinion::testing {
namespace {

// The lab's legitimate server as a `pinion serve` process.
class ServingProcess {
 public:
  explicit ServingProcess(Lab* lab, const std::string& drain_window = "1s") {
    const std::string folder = std::getenv("TEST_TMPDIR");
    const auto write = [&folder](const std::string& name, const std::string& contents) {
      std::ofstream(folder + "/" + name) << contents;
    };
    write("server.pem", lab->server().CertificatePem());
    write("server-key.pem", lab->server().PrivateKeyPem());
    write("ca.pem", lab->ca().RootPem());
    write("pins.json", R"({"version": 1, "peers": [{"name": "server", "hosts": ["server.test"], "pins": [{"spki": ")" +
                           lab->server().SpkiPin() + R"(", "state": "ACTIVE"}, {"spki": ")" +
                           lab->server_backup().SpkiPin() + R"(", "state": "BACKUP"}]}]})");
    write("server.json",
          R"({"identity": {"certificate_file": "server.pem", "private_key_file": "server-key.pem"},
              "trust": {"client_roots_file": "ca.pem"}, "pin_set": {"file": "pins.json"},
              "server": {"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER", "unlisted_clients": "ACCEPT"},
              "drain_window": ")" +
              drain_window + R"("})");
    Start(folder + "/server.json");
  }
  ~ServingProcess() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    if (out_ != nullptr) std::fclose(out_);
  }
  ServingProcess(const ServingProcess&) = delete;
  ServingProcess& operator=(const ServingProcess&) = delete;

  const std::string& address() const { return address_; }
  void Terminate() const { kill(process_, SIGTERM); }
  bool HasEnded() {
    if (process_ > 0 && waitpid(process_, &status_, WNOHANG) == process_) process_ = 0;
    return process_ == 0;
  }
  // Valid after the process has ended.
  int exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1; }

 private:
  void Start(const std::string& config) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    process_ = fork();
    if (process_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl("tools/pinion/pinion", "pinion", "serve", "--config", config.c_str(), "--address", "127.0.0.1:0", nullptr);
      _exit(127);
    }
    close(ends[1]);
    out_ = fdopen(ends[0], "r");
    std::array<char, 100> line{};
    ASSERT_NE(std::fgets(line.data(), line.size(), out_), nullptr) << "the server printed nothing";
    const std::string printed(line.data());
    ASSERT_EQ(printed.rfind("listening on 127.0.0.1:", 0), 0U) << printed;
    address_ = printed.substr(printed.rfind(' ') + 1, printed.find('\n') - printed.rfind(' ') - 1);
  }

  pid_t process_ = -1;
  std::FILE* out_ = nullptr;
  std::string address_;
  int status_ = -1;
};

// Sends one message to a method and returns the response, both in wire format, or the error message.
std::string CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                    const std::string& message) {
  const grpc::Slice slice(message);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(8));
  std::promise<grpc::Status> done;
  grpc::GenericStub(channel).UnaryCall(&context, method, {}, &request, &response,
                                       [&done](grpc::Status status) { done.set_value(std::move(status)); });
  if (const grpc::Status status = done.get_future().get(); !status.ok()) return status.error_message();
  grpc::Slice bytes;
  response.DumpToSingleSlice(&bytes);
  return std::string(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
}

TEST(ServeProcess, ReportsThatItIsHealthy) {
  Lab lab;
  const ServingProcess server(&lab);
  // HealthCheckResponse{status: SERVING}
  EXPECT_EQ(CallRaw(lab.ChannelTo(server.address()), "/grpc.health.v1.Health/Check", ""), "\x08\x01");
}

TEST(ServeProcess, ListsItsServicesByReflection) {
  Lab lab;
  const ServingProcess server(&lab);
  // ServerReflectionRequest{list_services: "*"}
  const std::string services = CallRaw(lab.ChannelTo(server.address()),
                                       "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  EXPECT_THAT(services, ::testing::HasSubstr("pinion.v1.Echo"));
  EXPECT_THAT(services, ::testing::HasSubstr("grpc.health.v1.Health"));
}

TEST(ServeProcess, ARunningStreamContinuesUntilItsEnd) {
  Lab lab;
  ServingProcess server(&lab);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(15));
  const auto stub = v1::Echo::NewStub(lab.ChannelTo(server.address()));
  const auto stream = stub->BidirectionalEcho(&context);
  v1::EchoRequest request;
  v1::EchoResponse response;
  request.set_message("before");
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));

  server.Terminate();
  ASSERT_TRUE(WaitUntil([&] { return !Echo(lab.ChannelTo(server.address())).ok(); })) << "new calls are still served";
  EXPECT_FALSE(server.HasEnded());
  request.set_message("after");
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  EXPECT_EQ(response.message(), "after");
  EXPECT_FALSE(server.HasEnded());

  stream->WritesDone();
  EXPECT_THAT(stream->Finish(), IsOk());
  // A client that makes no call notices GOAWAY within five seconds.
  EXPECT_TRUE(WaitUntil([&] { return server.HasEnded(); }, absl::Seconds(20)));
  EXPECT_EQ(server.exit_code(), 0);
}

// A server that shuts down refuses calls of clients that have not noticed it. Some of these calls ended with CANCELLED.
TEST(ServeProcess, NoCallIsLostToATermination) {
  for (int round = 0; round < 3; ++round) {
    Lab lab;
    // A loaded machine with sanitizers needs more than a second until the client has noticed GOAWAY.
    ServingProcess server(&lab, /*drain_window=*/"30s");
    const auto channel = lab.ChannelTo(server.address());
    ASSERT_THAT(Echo(channel), IsOk());
    std::vector<std::thread> callers;
    std::atomic<int> calls{0};
    std::mutex mutex;
    std::vector<grpc::Status> failed;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        grpc::Status status;
        while ((status = Echo(channel)).ok()) ++calls;
        const std::lock_guard<std::mutex> lock(mutex);
        failed.push_back(std::move(status));
      });
    }
    ASSERT_TRUE(WaitUntil([&] { return calls > 100; }));
    server.Terminate();
    for (std::thread& caller : callers) caller.join();
    // The first call after the connection's end finds no server; a call that a server has received succeeds.
    for (const grpc::Status& status : failed) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
      EXPECT_THAT(status.error_message(), ::testing::HasSubstr("onnect"));
    }
    EXPECT_TRUE(WaitUntil([&] { return server.HasEnded(); }, absl::Seconds(40)));
    EXPECT_EQ(server.exit_code(), 0);
  }
}

TEST(ServeProcess, AStreamThatNeverEndsIsClosedAfterTenSeconds) {
  Lab lab;
  ServingProcess server(&lab);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(18));
  const auto stub = v1::Echo::NewStub(lab.ChannelTo(server.address()));
  const auto stream = stub->BidirectionalEcho(&context);
  v1::EchoRequest request;
  v1::EchoResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));

  const absl::Time begin = absl::Now();
  server.Terminate();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_FALSE(stream->Finish().ok());
  EXPECT_GT(absl::Now() - begin, absl::Seconds(9));
  EXPECT_TRUE(WaitUntil([&] { return server.HasEnded(); }));
  EXPECT_EQ(server.exit_code(), 0);
}

}  // namespace
}  // namespace pinion::testing
