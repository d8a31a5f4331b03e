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
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/workload.h"
#include "tests/bench/load/callback_echo.h"
#include "tests/soak/site.h"

namespace pinion::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxConnections = 100'000;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "revocation: %s\n", why.c_str());
  std::_Exit(1);
}

// A server and its clients, which list each other's keys.
class Parties {
 public:
  explicit Parties(const fs::path& folder)
      : server_(folder / "server", Texts(own_server_), /*serves=*/true),
        client_(folder / "client", Texts(own_client_), /*serves=*/false) {}

  std::string server_config() const { return server_.config(); }
  std::string client_config() const { return client_.config(); }

  // Either party stops accepting the other one's key; its backup is what may be used now.
  void Revoke(const std::string& by) {
    const soak::Pins revoked = {{(by == "client" ? own_server_ : own_client_).SpkiPin(), "REVOKED"},
                                {next_, "ACTIVE"},
                                {soak::SparePin(), "BACKUP"}};
    const std::string pins = by == "client" ? soak::PinFile(2, revoked, Accepted(own_client_))
                                            : soak::PinFile(2, Accepted(own_server_), revoked);
    (by == "client" ? client_ : server_).Change({{soak::kPins, pins}}, soak::Manner::kRename);
  }

 private:
  static soak::Pins Accepted(const testing::IssuedCertificate& own) {
    return {{own.SpkiPin(), "ACTIVE"}, {soak::SparePin(), "BACKUP"}};
  }
  soak::Texts Texts(const testing::IssuedCertificate& own) const {
    soak::Texts texts = soak::IdentityTexts(own);
    texts[soak::kRoots] = ca_.RootPem();
    texts[soak::kPins] = soak::PinFile(1, Accepted(own_server_), Accepted(own_client_));
    texts[soak::kPolicy] = soak::PolicyFile(1);
    return texts;
  }

  const testing::TestCa ca_;
  const testing::IssuedCertificate own_server_ = soak::IssueServer(ca_);
  const testing::IssuedCertificate own_client_ = soak::IssueClient(ca_);
  const std::string next_ = soak::SparePin();
  soak::PartyFolder server_;
  soak::PartyFolder client_;
};

// Serves until its standard input ends; tells its port.
void Serve(const std::string& config, int tell, int until) {
  grpc::ServerBuilder builder;
  WorkloadOptions options = testing::OrDie(WorkloadOptions::FromFile(config));
  options.server->limits.max_connections = options.server->limits.max_connections_per_key = kMaxConnections;
  const auto listener = testing::OrDie(testing::OrDie(Workload::Create(options))->Listen(builder, "127.0.0.1:0"));
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
  Stream(const std::string& address, const Workload& workload) {
    channel_ = soak::OpenChannel(address, workload);
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
    return mutex_.AwaitWithTimeout(absl::Condition(&begun_), soak::kPatience);
  }
  // InfiniteFuture where it does not end, or ends otherwise than its connection.
  absl::Time AwaitEnd() const {
    const absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(
        absl::Condition(
            +[](const Stream* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->ended_ < absl::InfiniteFuture(); },
            this),
        soak::kPatience);
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

void Measure(const std::string& revoking, int count, const std::string& port, Parties* parties) {
  const auto workload = testing::OrDie(Workload::FromFile(parties->client_config()));
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < count; ++i) {
    streams.push_back(std::make_unique<Stream>("127.0.0.1:" + port, *workload));
    // So many handshakes at once, and no more.
    if (i % 64 == 63 && !streams.back()->AwaitBegin()) Die(absl::StrCat("stream ", i, " does not begin"));
  }
  for (const auto& stream : streams) {
    if (!stream->AwaitBegin()) Die("a stream does not begin");
  }
  absl::SleepFor(absl::Seconds(1));  // until both sides have listed the last connections
  const absl::Time revoked = SteadyNow();
  parties->Revoke(revoking);
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

// To `wanted`, or to what there may be, which must be `least`.
void RaiseDescriptorLimit(rlim_t wanted, rlim_t least) {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < wanted) {
    rlimit raised = limit;
    raised.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;  // root alone may
  }
  limit.rlim_cur = std::min(limit.rlim_max, wanted);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < least) {
    Die(absl::StrCat("needs ", least, " descriptors, and the hard limit is ", limit.rlim_max));
  }
}

int Main(const std::string& revoking, int count) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // with the bench; the server ends with this process
  // A connection costs the server two descriptors, and the client one.
  RaiseDescriptorLimit(static_cast<rlim_t>(count) * 4 + 1000, static_cast<rlim_t>(count) * 2 + 200);
  std::string folder = fs::temp_directory_path() / "pinion-revocation-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make a folder");
  Parties parties(folder);
  std::array<int, 2> port{};
  std::array<int, 2> end{};
  if (pipe(port.data()) != 0 || pipe(end.data()) != 0) Die("cannot make a pipe");
  const pid_t server = fork();
  if (server == 0) {
    close(end[1]);
    Serve(parties.server_config(), port[1], end[0]);
  }
  close(port[1]);
  close(end[0]);
  std::array<char, 16> line{};
  if (read(port[0], line.data(), line.size() - 1) <= 0) Die("the server does not start");
  Measure(revoking, count, std::string(line.data(), std::string(line.data()).find('\n')), &parties);
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
