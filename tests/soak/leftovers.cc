// What reloads leave behind. Pins and identities of the server and of a channel are replaced in turns, each time with a
// forced reload (Reload) in addition to the file watcher, and with occasional calls. Before and after, the process gets
// time to drain its connections.
#include <malloc.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "pinion/testing/count_entries.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/wait_until.h"
#include "tests/soak/parts.h"
#include "tests/soak/site.h"

namespace pinion::soak {
namespace {

using testing::CountEntries;
using testing::WaitUntil;

constexpr int kReloadsPerCall = 50;

struct Footprint {
  int64_t resident_kb = 0;
  int64_t descriptors = 0;
  int64_t threads = 0;
  int64_t all_threads = 0;
};

int64_t ResidentKb() {
  std::ifstream file("/proc/self/status");
  int64_t kb = 0;
  for (std::string line; std::getline(file, line);) {
    const bool is_it = absl::StartsWith(line, "VmRSS:");
    if (is_it && !absl::SimpleAtoi(line.substr(6, line.find(" kB") - 6), &kb)) std::abort();
  }
  return kb;
}

// Without the threads of gRPC's pools, which grow and shrink with the work, to a few per core at most.
int64_t Threads() {
  static const std::set<std::string> pools = {"default-executo", "resolver-execut", "event_engine", "grpc_global_tim",
                                              "grpcpp_sync_ser"};
  int64_t threads = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream comm(task.path() / "comm");
    std::string name;
    comm >> name;
    threads += pools.count(name) == 0 ? 1 : 0;
  }
  return threads;
}

Footprint Take() {
  malloc_trim(0);
  return {ResidentKb(), CountEntries("/proc/self/fd"), Threads(), CountEntries("/proc/self/task")};
}

class Reloads {
 public:
  explicit Reloads(const std::filesystem::path& folder) : site_(folder, /*channels=*/1, /*with_journals=*/false) {}

  // The number of changes that did not take effect, plus that of failed calls.
  int Do(int count) {
    int failed = 0;
    for (int i = 0; i < count; ++i) {
      Party* party = i % 4 < 2 ? &site_.server : &site_.client;
      if (i % 2 == 0) {
        ChangePins(party);
      } else {
        ChangeIdentity(party);
      }
      party->workloads.front()->Reload();
      failed += party->AwaitInEffect() ? 0 : 1;
      if (i % kReloadsPerCall == 0) failed += testing::Echo(site_.channels().front()).ok() ? 0 : 1;
    }
    return failed;
  }
  // Waits until one connection is left. Those of replaced identities end with their calls or are drained.
  bool Settle() const {
    return WaitUntil(
        [this] {
          return testing::Echo(site_.channels().front()).ok() &&
                 site_.server.workloads.front()->Status().connections.size() <= 1;
        },
        kPatience);
  }

 private:
  void ChangePins(Party* party) const {
    party->ChangePins({{site_.first_server.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}},
                      {{site_.first_client.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}}, Manner::kRename);
  }
  // A renewal: the same key, another certificate.
  void ChangeIdentity(Party* party) const {
    using testing::Lab;
    const bool is_server = party == &site_.server;
    const testing::IssuedCertificate renewed =
        is_server ? site_.ca.Issue({Lab::kServerHost, Lab::kServerIdentity}, site_.first_server.key)
                  : site_.ca.Issue({Lab::kClientIdentity}, site_.first_client.key);
    party->ChangeIdentity({{kCertificate, renewed.CertificatePem()}}, Manner::kRename);
  }

  Site site_;
};

}  // namespace

void RunLeftovers(const std::filesystem::path& folder, const Extent& extent, Table* table) {
  Reloads reloads(folder);
  int failed = reloads.Do(extent.warm_up_reloads) + (reloads.Settle() ? 0 : 1);
  const Footprint before = Take();
  failed += reloads.Do(extent.reloads) + (reloads.Settle() ? 0 : 1);
  // gRPC releases some things late, and its own threads come and go.
  WaitUntil(
      [&before] {
        const Footprint now = Take();
        return now.threads <= before.threads && now.descriptors <= before.descriptors;
      },
      kPatience);
  const Footprint after = Take();
  table->AtLeast("reloads, after a warm-up", extent.reloads - failed, extent.reloads);
  table->Note("  resident memory before", absl::StrCat(before.resident_kb, " kB"));
  table->AtMost("  more resident memory after", after.resident_kb - before.resident_kb, 4096, " kB");
  table->AtMost("  more descriptors", after.descriptors - before.descriptors, 0);
  table->AtMost("  more threads, without gRPC's pools", after.threads - before.threads, 0);
  table->AtMost("  more threads, with gRPC's pools", after.all_threads - before.all_threads, 16);
}

}  // namespace pinion::soak
