// How long a revocation takes to reach many live connections.
//
//   revocation client 2000    a client with so many channels revokes the server's key
//   revocation server 10000   a server with so many connections revokes the client's key
//
// Each connection carries a stream. Prints one line of JSON: the milliseconds from the replacement of the pin file
// until the first, half, 99 % and all of the streams have ended on the client, and how many ended otherwise. Server and
// client are processes of their own, on 127.0.0.1.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/client/create_channel.h"
#include "pinion/server/listen.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "tests/bench/load/callback_echo.h"

namespace pinion::bench {
namespace {

namespace fs = std::filesystem;

constexpr char kHost[] = "server.test";
constexpr char kClient[] = "spiffe://bench.test/client";
constexpr absl::Duration kPatience = absl::Seconds(20);

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "revocation: %s\n", why.c_str());
  std::_Exit(1);
}

// Two parties with a folder each, whose pin files list both.
class Files {
 public:
  explicit Files(fs::path folder) : folder_(std::move(folder)) {
    Write("server", server_);
    Write("client", client_);
  }

  // `party` stops accepting the other one's key, and keeps its backup.
  void Revoke(const std::string& party) const { WritePins(party, 2, party == "client", party == "server"); }
  std::string Config(const std::string& party) const { return folder_ / party / "config.json"; }

 private:
  void Write(const std::string& party, const testing::IssuedCertificate& own) const {
    fs::create_directories(folder_ / party);
    own.WriteFiles(folder_ / party, "own");
    ca_.WriteRootFile(folder_ / party);
    std::ofstream(Config(party)) << R"({
      "identity": {"certificate_file": "own.pem", "private_key_file": "own-key.pem"},
      "trust": {"server_roots_file": "ca.pem", "client_roots_file": "ca.pem"},
      "pin_set": {"file": "pins.json"},
      "server": {"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER", "unlisted_clients": "REFUSE",
        "limits": {"max_connections": 100000, "max_connections_per_key": 100000}},
      "drain_window": "1h"})";
    WritePins(party, 1, false, false);
  }
  void WritePins(const std::string& party, int version, bool without_server, bool without_client) const {
    std::ofstream(folder_ / party / "next")
        << absl::StrCat(R"({"version": )", version, R"(, "peers": [{"name": "server", "hosts": [")", kHost,
                        R"("], "pins": [)", Pins(server_, without_server), R"(]}, {"name": "client", "identities": [")",
                        kClient, R"("], "pins": [)", Pins(client_, without_client), "]}]}");
    fs::rename(folder_ / party / "next", folder_ / party / "pins.json");
  }
  // The key that is used, and spare ones.
  std::string Pins(const testing::IssuedCertificate& own, bool revoked) const {
    const auto pin = [](const testing::IssuedCertificate& one, const char* state) {
      return absl::StrCat(R"({"spki": ")", one.SpkiPin(), R"(", "state": ")", state, R"("})");
    };
    const testing::IssuedCertificate& active = &own == &server_ ? next_server_ : next_client_;
    const testing::IssuedCertificate& backup = &own == &server_ ? spare_server_ : spare_client_;
    return absl::StrCat(pin(own, revoked ? "REVOKED" : "ACTIVE"), ", ", pin(active, revoked ? "ACTIVE" : "BACKUP"),
                        ", ", pin(backup, "BACKUP"));
  }

  const fs::path folder_;
  const testing::TestCa ca_;
  const testing::IssuedCertificate server_ = ca_.Issue({kHost});
  const testing::IssuedCertificate next_server_ = ca_.Issue({kHost});
  const testing::IssuedCertificate spare_server_ = ca_.Issue({kHost});
  const testing::IssuedCertificate client_ = ca_.Issue({kClient});
  const testing::IssuedCertificate next_client_ = ca_.Issue({kClient});
  const testing::IssuedCertificate spare_client_ = ca_.Issue({kClient});
};

// Serves until its standard input ends; tells its port.
void Serve(const std::string& config, int tell, int until) {
  grpc::ServerBuilder builder;
  const auto listener = testing::OrDie(Listen(builder, "127.0.0.1:0", testing::OrDie(ServerOptions::FromFile(config))));
  CallbackEcho echo;
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const std::string port = absl::StrCat(listener->port(), "\n");
  if (write(tell, port.data(), port.size()) < 0) Die("cannot tell the port");
  char end = 0;
  while (read(until, &end, 1) > 0) {
  }
  std::_Exit(0);
}

// A stream on a channel of its own; when it had its first answer, and when it ended.
class Stream final : public grpc::ClientBidiReactor<v1::EchoRequest, v1::EchoResponse> {
 public:
  Stream(const std::string& target, const ChannelOptions& options) {
    grpc::ChannelArguments arguments;
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, kHost);
    channel_ = testing::OrDie(CreateChannel(target, options, arguments));
    stub_ = v1::Echo::NewStub(channel_);
    context_.set_wait_for_ready(true);
    stub_->async()->BidirectionalEcho(&context_, this);
    request_.set_message("here");
    StartWrite(&request_);
    StartRead(&response_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    StartRead(&response_);  // the last one, as far as it goes well
    const absl::MutexLock lock(&mutex_);
    begun_ = true;
  }
  void OnDone(const grpc::Status& status) override {
    const absl::MutexLock lock(&mutex_);
    ended_ = SteadyNow();
    code_ = status.error_code();
  }

  bool AwaitBegin() const {
    const absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&begun_), kPatience);
  }
  // InfiniteFuture where it does not end, or ends otherwise than its connection.
  absl::Time AwaitEnd() const {
    const absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(
        absl::Condition(
            +[](const Stream* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->ended_ < absl::InfiniteFuture(); },
            this),
        kPatience);
    return code_ == grpc::StatusCode::UNAVAILABLE ? ended_ : absl::InfiniteFuture();
  }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<grpc::ChannelInterface> channel_;
  std::unique_ptr<v1::Echo::Stub> stub_;
  grpc::ClientContext context_;
  v1::EchoRequest request_;
  v1::EchoResponse response_;
  bool begun_ = false;
  absl::Time ended_ = absl::InfiniteFuture();
  grpc::StatusCode code_ = grpc::StatusCode::OK;
};

void Measure(const std::string& revoking, int count, const Files& files, const std::string& port) {
  const ChannelOptions options = testing::OrDie(ChannelOptions::FromFile(files.Config("client")));
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < count; ++i) {
    streams.push_back(std::make_unique<Stream>("127.0.0.1:" + port, options));
    // So many handshakes at once, and no more.
    if (i % 64 == 63 && !streams.back()->AwaitBegin()) Die(absl::StrCat("stream ", i, " does not begin"));
  }
  for (const auto& stream : streams) {
    if (!stream->AwaitBegin()) Die("a stream does not begin");
  }
  absl::SleepFor(absl::Seconds(1));  // until both sides have listed the last connections
  const absl::Time revoked = SteadyNow();
  files.Revoke(revoking);
  std::vector<double> took;
  int others = 0;
  for (const auto& stream : streams) {
    const absl::Time end = stream->AwaitEnd();
    if (end == absl::InfiniteFuture()) {
      ++others;
    } else {
      took.push_back(absl::ToDoubleMilliseconds(end - revoked));
    }
  }
  if (took.empty()) Die("no stream ended");
  std::sort(took.begin(), took.end());
  const auto share = [&took](size_t percent) { return took[(took.size() - 1) * percent / 100]; };
  std::printf(R"({"connections": %d, "first": %.1f, "p50": %.1f, "p99": %.1f, "last": %.1f, "others": %d})"
              "\n",
              count, took.front(), share(50), share(99), took.back(), others);
  std::fflush(stdout);
}

void RaiseDescriptorLimit(rlim_t wanted) {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = wanted;
  limit.rlim_max = std::max(limit.rlim_max, wanted);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) Die(absl::StrCat("cannot have ", wanted, " descriptors"));
}

int Main(const std::string& revoking, int count) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // with the bench; the server ends with this process
  RaiseDescriptorLimit(static_cast<rlim_t>(count) * 4 + 1000);
  std::string folder = fs::temp_directory_path() / "pinion-revocation-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make a folder");
  const Files files(folder);
  std::array<int, 2> port{};
  std::array<int, 2> end{};
  if (pipe(port.data()) != 0 || pipe(end.data()) != 0) Die("cannot make a pipe");
  const pid_t server = fork();
  if (server == 0) {
    close(end[1]);
    Serve(files.Config("server"), port[1], end[0]);
  }
  close(port[1]);
  close(end[0]);
  std::array<char, 16> line{};
  if (read(port[0], line.data(), line.size() - 1) <= 0) Die("the server does not start");
  Measure(revoking, count, files, std::string(line.data(), std::string(line.data()).find('\n')));
  close(end[1]);
  waitpid(server, nullptr, 0);
  fs::remove_all(folder);
  std::_Exit(0);  // thousands of channels would be taken down one by one
}

}  // namespace
}  // namespace pinion::bench

int main(int argc, char** argv) {
  const std::string revoking = argc == 3 ? argv[1] : "";
  int count = 0;
  if ((revoking != "client" && revoking != "server") || !absl::SimpleAtoi(argv[2], &count) || count < 1) {
    std::fprintf(stderr, "usage: revocation client|server CONNECTIONS\n");
    return 2;
  }
  return pinion::bench::Main(revoking, count);
}
