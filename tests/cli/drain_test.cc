// `pinion serve` at SIGTERM: refuses new connections, lets what runs finish, and exits with 0.
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/v1/echo.grpc.pb.h"

namespace pinion::testing {
namespace {

// The lab's rightful server as a `pinion serve` process.
class ServeProcess {
 public:
  explicit ServeProcess(Lab* lab) {
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
          R"({"identity": {"certificate_file": "server.pem", "private_key_file": "server-key.pem",
              "ca_certificate_file": "ca.pem"}, "pin_set_file": "pins.json"})");
    Start(folder + "/server.json");
  }
  ~ServeProcess() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    if (out_ != nullptr) std::fclose(out_);
  }
  ServeProcess(const ServeProcess&) = delete;
  ServeProcess& operator=(const ServeProcess&) = delete;

  const std::string& address() const { return address_; }
  void Terminate() const { kill(process_, SIGTERM); }
  bool HasEnded() {
    if (process_ > 0 && waitpid(process_, &status_, WNOHANG) == process_) process_ = 0;
    return process_ == 0;
  }
  // Of a process that has ended.
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
    ASSERT_NE(std::fgets(line.data(), line.size(), out_), nullptr) << "the server said nothing";
    const std::string said(line.data());
    ASSERT_EQ(said.rfind("listening on 127.0.0.1:", 0), 0U) << said;
    address_ = said.substr(said.rfind(' ') + 1, said.find('\n') - said.rfind(' ') - 1);
  }

  pid_t process_ = -1;
  std::FILE* out_ = nullptr;
  std::string address_;
  int status_ = -1;
};

bool Becomes(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(8);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

TEST(Drain, AStreamThatRunsGoesOnUntilItsEnd) {
  Lab lab;
  ServeProcess server(&lab);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(15));
  const auto stub = v1::Echo::NewStub(lab.ChannelTo(server.address()));
  const auto stream = stub->BidirectionalEcho(&context);
  v1::EchoRequest request;
  v1::EchoResponse response;
  request.set_message("before");
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));

  server.Terminate();
  ASSERT_TRUE(Becomes([&] { return !Echo(lab.ChannelTo(server.address())).ok(); })) << "new calls are still served";
  EXPECT_FALSE(server.HasEnded());
  request.set_message("after");
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  EXPECT_EQ(response.message(), "after");
  EXPECT_FALSE(server.HasEnded());

  stream->WritesDone();
  EXPECT_THAT(stream->Finish(), IsOk());
  EXPECT_TRUE(Becomes([&] { return server.HasEnded(); }));
  EXPECT_EQ(server.exit_code(), 0);
}

TEST(Drain, AStreamThatNeverEndsIsCutAfterTenSeconds) {
  Lab lab;
  ServeProcess server(&lab);
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
  EXPECT_TRUE(Becomes([&] { return server.HasEnded(); }));
  EXPECT_EQ(server.exit_code(), 0);
}

}  // namespace
}  // namespace pinion::testing
