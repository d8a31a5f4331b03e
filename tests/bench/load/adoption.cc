// What the exchange about next certificates costs an idle connection.
//
//   adoption 2000    2,000 channels of one client, each with an idle connection to one server
//
// Prints one line of JSON: the resident bytes of client and server together for each connection, with and without
// exchanges, and the difference. Client and server are processes of their own on 127.0.0.1.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/workload.h"
#include "tests/bench/load/callback_echo.h"
#include "tests/bench/load/forked_process.h"
#include "tests/soak/site.h"

namespace pinion::bench {
namespace {

namespace fs = std::filesystem;

// Until the exchanges of the last connections have begun, and memory is as it stays.
constexpr absl::Duration kSettling = absl::Seconds(10);

int64_t ResidentBytes() {
  int64_t size = 0;
  int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

WorkloadOptions OptionsFrom(const soak::PartyFolder& party, v1::Exchange exchange) {
  WorkloadOptions options = testing::OrDie(WorkloadOptions::FromFile(party.config()));
  options.adoption.exchange = exchange;
  return options;
}

// Writes its port, and its memory each time that it is asked.
void Serve(const WorkloadOptions& options, int output, int input) {
  grpc::ServerBuilder builder;
  const auto listener = testing::OrDie(testing::OrDie(Workload::Create(options))->Listen(builder, "127.0.0.1:0"));
  CallbackEcho echo;
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Write(output, std::vector<int64_t>{listener->port()});
  char asked = 0;
  while (read(input, &asked, 1) > 0) Write(output, std::vector<int64_t>{ResidentBytes()});
  std::_Exit(0);
}

// Writes its memory before the first and after the last connection.
void Call(const WorkloadOptions& options, int count, int64_t port, int output) {
  const auto workload = testing::OrDie(Workload::Create(options));
  std::vector<std::shared_ptr<grpc::ChannelInterface>> channels;
  const std::string address = absl::StrCat("127.0.0.1:", port);
  channels.push_back(soak::OpenChannel(address, *workload));
  if (!testing::Echo(channels.back()).ok()) Die("a call fails");
  Write(output, std::vector<int64_t>{ResidentBytes()});
  for (int i = 0; i < count; ++i) {
    channels.push_back(soak::OpenChannel(address, *workload));
    if (!testing::Echo(channels.back()).ok()) Die("a call fails");
  }
  absl::SleepFor(kSettling);
  Write(output, std::vector<int64_t>{ResidentBytes()});
  std::_Exit(0);
}

int64_t Asked(const Process& process) {
  if (write(process.input, "?", 1) != 1) Die("cannot write to a pipe");
  return Read(process.output, 1).front();
}

double BytesEach(const soak::PartyFolder& server_files, const soak::PartyFolder& client_files, v1::Exchange exchange,
                 int count) {
  const Process server =
      Fork([&](int output, int input) { Serve(OptionsFrom(server_files, exchange), output, input); });
  const int64_t port = Read(server.output, 1).front();
  const Process client =
      Fork([&](int output, int /*input*/) { Call(OptionsFrom(client_files, exchange), count, port, output); });
  const int64_t client_before = Read(client.output, 1).front();
  const int64_t server_before = Asked(server);
  const int64_t client_after = Read(client.output, 1).front();
  const int64_t server_after = Asked(server);
  End(client);
  End(server);
  return static_cast<double>(client_after - client_before + server_after - server_before) / count;
}

int Main(int count) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // with the bench
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const auto least = static_cast<rlim_t>(3 * count + 1000);
  if (limit.rlim_cur < least) Die(absl::StrCat("needs ", least, " descriptors"));

  const testing::TestCa ca;
  const testing::IssuedCertificate server = soak::IssueServer(ca);
  const testing::IssuedCertificate client = soak::IssueClient(ca);
  const std::string pins = soak::PinFile(1, {{server.SpkiPin(), "ACTIVE"}, {soak::SparePin(), "BACKUP"}},
                                         {{client.SpkiPin(), "ACTIVE"}, {soak::SparePin(), "BACKUP"}});
  const auto texts = [&](const testing::IssuedCertificate& own) {
    soak::Texts all = soak::IdentityTexts(own);
    all[soak::kRoots] = ca.RootPem();
    all[soak::kPins] = pins;
    all[soak::kPolicy] = soak::PolicyFile(1);
    return all;
  };
  std::string folder = fs::temp_directory_path() / "pinion-adoption-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make a folder");
  const soak::PartyFolder server_files(fs::path(folder) / "server", texts(server), /*serves=*/true);
  const soak::PartyFolder client_files(fs::path(folder) / "client", texts(client), /*serves=*/false);
  const double without = BytesEach(server_files, client_files, v1::DISABLED, count);
  const double with = BytesEach(server_files, client_files, v1::ENABLED, count);
  std::printf("{\"connections\": %d, \"without\": %.0f, \"with\": %.0f, \"exchange\": %.0f}\n", count, without, with,
              with - without);
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace pinion::bench

int main(int argc, char** argv) {
  int count = 0;
  if (argc != 2 || !absl::SimpleAtoi(argv[1], &count) || count < 1) {
    std::fprintf(stderr, "usage: adoption CONNECTIONS\n");
    return 2;
  }
  return pinion::bench::Main(count);
}
