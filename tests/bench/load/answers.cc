// How long it takes until all clients of a server have answered whether they would accept its next key.
//
//   answers 20 500    20 client processes of 20 peers, each with 500 connections to one server
//
// Prints one line of JSON: the seconds from the replacement of the files of the next identity until the server's status
// has the last answer, looked at each second, and the CPU of the server and of the clients meanwhile. With 10,000
// connections, a look costs the server about 0.6 s of CPU. All processes are on 127.0.0.1.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/steady_clock.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/workload.h"
#include "tests/bench/load/callback_echo.h"
#include "tests/bench/load/forked_process.h"

namespace pinion::bench {
namespace {

namespace fs = std::filesystem;
using testing::IssuedCertificate;
using testing::OrDie;

constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr absl::Duration kLook = absl::Seconds(1);
struct World {
  testing::TestCa ca{"Bench CA"};
  IssuedCertificate server = ca.Issue({testing::Lab::kServerHost});
  IssuedCertificate next = ca.Issue({testing::Lab::kServerHost});
  std::vector<IssuedCertificate> clients;
  std::string pins;
  int connections = 0;  // of each client
};

std::string PinsOf(const std::string& active, const std::string& backup) {
  return absl::StrCat(R"("pins": [{"spki": ")", active, R"(", "state": "ACTIVE"}, {"spki": ")", backup,
                      R"(", "state": "BACKUP"}]})");
}

World MakeWorld(int clients, int connections) {
  World world;
  world.connections = connections;
  world.pins = absl::StrCat(R"({"version": 1, "peers": [{"name": "server", "hosts": [")", testing::Lab::kServerHost,
                            R"("], )", PinsOf(world.server.SpkiPin(), world.next.SpkiPin()));
  for (int i = 0; i < clients; ++i) {
    const std::string identity = absl::StrCat("spiffe://bench.test/client-", i);
    world.clients.push_back(world.ca.Issue({identity}));
    absl::StrAppend(&world.pins, R"(, {"name": "client-)", i, R"(", "identities": [")", identity, R"("], )",
                    PinsOf(world.clients.back().SpkiPin(), world.ca.Issue({identity}).SpkiPin()));
  }
  world.pins += "]}";
  return world;
}

WorkloadOptions OptionsFor(const World& world, const IssuedCertificate& own) {
  WorkloadOptions options;
  options.certificate = DataSource::Text(own.CertificatePem());
  options.private_key = DataSource::Text(own.PrivateKeyPem());
  options.pin_set = DataSource::Text(world.pins);
  options.server_roots = DataSource::Text(world.ca.RootPem());
  return options;
}

int64_t CpuMicroseconds(int who) {
  rusage usage = {};
  getrusage(who, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * int64_t{1'000'000} + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

// Whether every process has said that it would accept the next identity.
bool HaveAllAccepted(const Workload& workload, int64_t clients) {
  const WorkloadStatus status = workload.Status();
  if (!status.adoption.has_value() || status.adoption->blocking > 0) return false;
  int64_t accepting = 0;
  for (const PeerAdoption& peer : status.adoption->peers) {
    accepting += peer.state == AdoptionState::kAccepting ? peer.count : 0;
  }
  return accepting == clients;
}

void Replace(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  fs::rename(path + ".new", path);
}

// Writes its port. When it is asked, presents the question, and writes the microseconds until the last answer, and of
// its own CPU.
void Serve(const World& world, const std::string& folder, int output, int input) {
  WorkloadOptions options = OptionsFor(world, world.server);
  options.client_roots = options.server_roots;
  options.server.emplace();
  options.server->unlisted_clients = v1::REFUSE;
  options.server->authorization = v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  options.next_certificate = DataSource::File(folder + "/next.pem");
  options.next_private_key = DataSource::File(folder + "/next-key.pem");
  grpc::ServerBuilder builder;
  const auto workload = OrDie(Workload::Create(options));
  const auto listener = OrDie(workload->Listen(builder, "127.0.0.1:0"));
  CallbackEcho echo;
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Write(output, {listener->port()});
  char asked = 0;
  if (read(input, &asked, 1) <= 0) std::_Exit(0);
  const int64_t cpu = CpuMicroseconds(RUSAGE_SELF);
  Replace(folder + "/next-key.pem", world.next.PrivateKeyPem());
  const absl::Time begin = SteadyNow();
  Replace(folder + "/next.pem", world.next.CertificatePem());
  do {
    absl::SleepFor(kLook);
    if (SteadyNow() - begin > kPatience) Die("not all clients have answered in time");
  } while (!HaveAllAccepted(*workload, static_cast<int64_t>(world.clients.size())));
  Write(output, {absl::ToInt64Microseconds(SteadyNow() - begin), CpuMicroseconds(RUSAGE_SELF) - cpu});
  std::_Exit(0);
}

// Writes 1 when all its connections are made, and its CPU when it is asked.
void Call(const World& world, const IssuedCertificate& own, int64_t port, int output, int input) {
  const auto workload = OrDie(Workload::Create(OptionsFor(world, own)));
  std::vector<std::shared_ptr<grpc::ChannelInterface>> channels;
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, testing::Lab::kServerHost);
  for (int i = 0; i < world.connections; ++i) {
    channels.push_back(OrDie(workload->CreateChannel(absl::StrCat("127.0.0.1:", port), arguments)));
    if (!testing::Echo(channels.back()).ok()) Die("a call fails");
  }
  Write(output, {1});
  char asked = 0;
  while (read(input, &asked, 1) > 0) Write(output, {CpuMicroseconds(RUSAGE_SELF)});
  std::_Exit(0);
}

int64_t CpuOf(const std::vector<Process>& processes) {
  int64_t sum = 0;
  for (const Process& process : processes) {
    if (write(process.input, "?", 1) != 1) Die("cannot write to a pipe");
    sum += Read(process.output, 1).front();
  }
  return sum;
}

int Main(int clients, int connections) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // with the bench
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < static_cast<rlim_t>(clients) * connections + 1000) Die("there are too few descriptors");
  std::string folder = fs::temp_directory_path() / "pinion-answers-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make a folder");
  const World world = MakeWorld(clients, connections);
  const Process server = Fork([&](int output, int input) { Serve(world, folder, output, input); });
  const int64_t port = Read(server.output, 1).front();
  std::vector<Process> callers;
  for (const IssuedCertificate& own : world.clients) {
    callers.push_back(Fork([&](int output, int input) { Call(world, own, port, output, input); }));
    Read(callers.back().output, 1);  // one after the other, so that handshakes do not exceed the server's limit
  }
  absl::SleepFor(absl::Seconds(10));  // until the last exchanges have begun
  const int64_t before = CpuOf(callers);
  if (write(server.input, "?", 1) != 1) Die("cannot write to a pipe");
  const std::vector<int64_t> took = Read(server.output, 2);
  const double cpu_clients = static_cast<double>(CpuOf(callers) - before) / 1e6;
  std::printf(
      "{\"clients\": %d, \"connections\": %d, \"seconds\": %.2f, \"cpu_server\": %.2f, \"cpu_clients\": %.2f}\n",
      clients, clients * connections, static_cast<double>(took[0]) / 1e6, static_cast<double>(took[1]) / 1e6,
      cpu_clients);
  // Each has the pipes of those that were forked before it.
  std::for_each(callers.rbegin(), callers.rend(), End);
  End(server);
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace pinion::bench

int main(int argc, char** argv) {
  int clients = 0;
  int connections = 0;
  if (argc != 3 || !absl::SimpleAtoi(argv[1], &clients) || !absl::SimpleAtoi(argv[2], &connections) || clients < 1 ||
      connections < 1) {
    std::fprintf(stderr, "usage: answers CLIENTS CONNECTIONS\n");
    return 2;
  }
  return pinion::bench::Main(clients, connections);
}
