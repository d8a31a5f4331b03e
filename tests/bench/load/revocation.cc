// How long a revocation takes to reach many live connections.
//
//   revocation client 2000    a client with 2,000 channels revokes the server's key
//   revocation server 10000   a server with 10,000 connections revokes the clients' key
//
// Each connection carries a stream. Prints one line of JSON: the milliseconds from the replacement of the pin file
// until the first, half, 99 % and all of the streams (client) or connections (server) have ended, as the client sees
// them, and how many ended otherwise: with another status than UNAVAILABLE, or not; and, before that, the milliseconds
// of a scrape of that process's metrics, the median of 21. Client and server are processes of
// their own on 127.0.0.1. The connections that the server revokes are those of a client that does nothing else, with
// two keys, since one key never gets more than half of a server's connections.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <prometheus/text_serializer.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/prometheus.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/workload.h"
#include "tests/bench/load/callback_echo.h"
#include "tests/bench/load/forked_process.h"
#include "tests/bench/load/held_connections.h"
#include "tests/soak/site.h"

namespace pinion::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxConnections = 100'000;
constexpr int64_t kOther = -1;

// A server and its clients, which list each other's keys.
class Parties {
 public:
  explicit Parties(const fs::path& folder)
      : server_(folder / "server", Texts(own_server_), /*serves=*/true),
        client_(folder / "client", Texts(clients_[0]), /*serves=*/false) {}

  std::string server_config() const { return server_.config(); }
  std::string client_config() const { return client_.config(); }
  const std::vector<testing::IssuedCertificate>& clients() const { return clients_; }

  // Either party stops accepting the other one's key; its backup is what may be used now.
  void Revoke(const std::string& by) {
    soak::Pins revoked = {{next_, "ACTIVE"}, {soak::SparePin(), "BACKUP"}};
    for (const soak::Pins::value_type& own : by == "client" ? server_pins() : client_pins()) {
      if (own.second == "ACTIVE") revoked.emplace_back(own.first, "REVOKED");
    }
    const std::string pins =
        by == "client" ? soak::PinFile(2, revoked, client_pins()) : soak::PinFile(2, server_pins(), revoked);
    (by == "client" ? client_ : server_).Change({{soak::kPins, pins}}, soak::Manner::kRename);
  }

 private:
  soak::Pins server_pins() const { return {{own_server_.SpkiPin(), "ACTIVE"}, {soak::SparePin(), "BACKUP"}}; }
  soak::Pins client_pins() const {
    return {{clients_[0].SpkiPin(), "ACTIVE"}, {clients_[1].SpkiPin(), "ACTIVE"}, {soak::SparePin(), "BACKUP"}};
  }
  soak::Texts Texts(const testing::IssuedCertificate& own) const {
    soak::Texts texts = soak::IdentityTexts(own);
    texts[soak::kRoots] = ca_.RootPem();
    texts[soak::kPins] = soak::PinFile(1, server_pins(), client_pins());
    texts[soak::kPolicy] = soak::PolicyFile(1);
    return texts;
  }

  const testing::TestCa ca_;
  const testing::IssuedCertificate own_server_ = soak::IssueServer(ca_);
  const std::vector<testing::IssuedCertificate> clients_ = {soak::IssueClient(ca_), soak::IssueClient(ca_)};
  const std::string next_ = soak::SparePin();
  soak::PartyFolder server_;
  soak::PartyFolder client_;
};

// The time to collect and to print the metrics, the median of 21, in microseconds.
int64_t Scrape(std::shared_ptr<Workload> workload) {
  const PrometheusMetrics metrics(std::move(workload));
  std::vector<int64_t> took;
  for (int i = 0; i < 21; ++i) {
    const absl::Time begin = SteadyNow();
    const std::string text = prometheus::TextSerializer().Serialize(metrics.Collect());
    if (text.empty()) Die("no metrics");
    took.push_back(absl::ToInt64Microseconds(SteadyNow() - begin));
  }
  std::sort(took.begin(), took.end());
  return took[took.size() / 2];
}

// Serves until its standard input ends; writes its port, and then the time of a scrape for each byte that it reads.
void Serve(const std::string& config, int output, int input) {
  grpc::ServerBuilder builder;
  WorkloadOptions options = testing::OrDie(WorkloadOptions::FromFile(config));
  options.server->limits.max_connections = options.server->limits.max_connections_per_key = kMaxConnections;
  const std::shared_ptr<Workload> workload = testing::OrDie(Workload::Create(options));
  const auto listener = testing::OrDie(workload->Listen(builder, "127.0.0.1:0"));
  CallbackEcho echo;
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Write(output, std::vector<int64_t>{listener->port()});
  char end = 0;
  while (read(input, &end, 1) > 0) Write(output, {Scrape(workload)});
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
    StartRead(&response_);  // stays open until the stream ends
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
  // InfiniteFuture where it does not end, or ends with another status than UNAVAILABLE.
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

// Opens the channels, writes the time of a scrape when all of their streams have begun, and then, for each stream, when
// it ended (nanoseconds of the steady clock), or kOther.
void Call(const std::string& config, int count, int64_t port, int output) {
  const auto workload = testing::OrDie(Workload::FromFile(config));
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < count; ++i) {
    streams.push_back(std::make_unique<Stream>(absl::StrCat("127.0.0.1:", port), *workload));
    // At most 64 handshakes of this process at once.
    if (i % 64 == 63 && !streams.back()->AwaitBegin()) Die(absl::StrCat("stream ", i, " does not begin"));
  }
  for (const auto& stream : streams) {
    if (!stream->AwaitBegin()) Die("a stream does not begin");
  }
  Write(output, {Scrape(workload)});
  std::vector<int64_t> ends;
  for (const auto& stream : streams) {
    const absl::Time end = stream->AwaitEnd();
    ends.push_back(end == absl::InfiniteFuture() ? kOther : absl::ToUnixNanos(end));
  }
  Write(output, ends);
  std::_Exit(0);  // destroying thousands of channels takes long
}

// The same with connections that do nothing else.
void Hold(const Parties& parties, int count, int64_t port, int output) {
  HeldConnections connections(static_cast<int>(port), parties.clients(), count);
  Write(output, {count});
  std::vector<int64_t> ends;
  for (const absl::Time end : connections.AwaitEnds(soak::kPatience)) {
    ends.push_back(end == absl::InfiniteFuture() ? kOther : absl::ToUnixNanos(end));
  }
  Write(output, ends);
  std::_Exit(0);
}

void Print(const std::vector<int64_t>& ends, absl::Time revoked, int64_t scrape_us) {
  std::vector<double> took;
  for (const int64_t end : ends) {
    if (end != kOther) took.push_back(absl::ToDoubleMilliseconds(absl::FromUnixNanos(end) - revoked));
  }
  if (took.empty()) Die("no stream ended");
  std::sort(took.begin(), took.end());
  const auto share = [&took](size_t percent) { return took[(took.size() - 1) * percent / 100]; };
  std::printf(
      R"({"connections": %zu, "first": %.1f, "p50": %.1f, "p99": %.1f, "last": %.1f, "others": %zu, "scrape": %.2f})"
      "\n",
      ends.size(), took.front(), share(50), share(99), took.back(), ends.size() - took.size(),
      static_cast<double>(scrape_us) / 1000);
}

// To `wanted`, or to what there may be, which must be `least`.
void RaiseDescriptorLimit(rlim_t wanted, rlim_t least) {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < wanted) {
    rlimit raised = limit;
    raised.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;  // needs CAP_SYS_RESOURCE
  }
  limit.rlim_cur = std::min(limit.rlim_max, wanted);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < least) {
    Die(absl::StrCat("needs ", least, " descriptors, and the hard limit is ", limit.rlim_max));
  }
}

int Main(const std::string& revoking, int count) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // with the bench
  // A connection costs the server one descriptor once its handshake has ended, and a channel up to three.
  const auto least = static_cast<rlim_t>(revoking == "client" ? 3 * count + 200 : count + 1000);
  RaiseDescriptorLimit(2 * least, least);
  std::string folder = fs::temp_directory_path() / "pinion-revocation-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make a folder");
  Parties parties(folder);
  // This process has no threads when it forks, and never uses gRPC itself.
  const Process server = Fork([&](int output, int input) { Serve(parties.server_config(), output, input); });
  const int64_t port = Read(server.output, 1).front();
  const Process client = Fork([&](int output, int /*input*/) {
    revoking == "client" ? Call(parties.client_config(), count, port, output) : Hold(parties, count, port, output);
  });
  int64_t scrape_us = Read(client.output, 1).front();
  absl::SleepFor(absl::Seconds(1));  // until both sides have listed the last connections
  if (revoking == "server") {
    if (write(server.input, "s", 1) != 1) Die("the server has ended");
    scrape_us = Read(server.output, 1).front();
  }
  const absl::Time revoked = SteadyNow();
  parties.Revoke(revoking);
  Print(Read(client.output, count), revoked, scrape_us);
  End(client);
  End(server);
  fs::remove_all(folder);
  return 0;
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
