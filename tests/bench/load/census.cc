// What a census of many processes costs.
//
//   census 100000    of so many processes of 100 peers
//
// Prints one line of JSON: resident bytes, seconds of CPU for one look, and for one write, the size of the file, and
// seconds to merge two such files.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/adoption/adoption_watch.h"
#include "pinion/adoption/gate.h"
#include "pinion/census/census_store.h"
#include "pinion/census/merged_census.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload/snapshot.h"

namespace pinion::bench {
namespace {

constexpr int kPeers = 100;
constexpr int kLooks = 5;

int64_t ResidentBytes() {
  int64_t size = 0;
  int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// A server that is about to use its backup key, and has asked.
std::shared_ptr<const Position> Asking(const testing::Lab& lab) {
  WorkloadOptions options = lab.OptionsForServer(lab.server());
  options.next_certificate = DataSource::Text(lab.server_backup().CertificatePem());
  options.next_private_key = DataSource::Text(lab.server_backup().PrivateKeyPem());
  const auto snapshot = std::make_shared<const Snapshot>(testing::OrDie(LoadSnapshot(options)));
  return PositionOf(snapshot, std::string(32, '0'));
}

void Fill(int processes, const Position& position, absl::Time now, Census* census) {
  v1::Statement statement;
  statement.mutable_pin_set()->set_version(41);
  v1::Answer* const answer = statement.add_answers();
  answer->set_candidate_sha256(DigestOf(position.statement.candidates(0)));
  answer->set_reason(v1::ACCEPTED);
  for (int i = 0; i < processes; ++i) {
    const StreamKey stream = {
        {Side::kServer, absl::StrCat("peer-", i % kPeers), true}, absl::StrFormat("%032x", i), i + 1};
    if (!census->Joined(stream, now)) std::abort();
    census->Heard(stream, statement, now);
  }
}

void Write(const Census& census, const Position& position, absl::Time now, const std::string& path) {
  v1::CensusFile file;
  census.WriteTo(position.candidate, &file);
  file.set_candidate(position.candidate_pin);
  file.set_candidate_sha256(position.candidate);
  if (!CensusStore(path).Write(std::move(file), now).ok()) std::abort();
}

// The seconds of CPU of one look.
double TimeLook(const Position& position, absl::Time now, Census* census) {
  WorkloadOptions options;
  options.adoption.census_file = "census.json";
  Gate gate(options);
  AdoptionWatch watch({});
  std::vector<AdoptionEvent> news;
  const double began = CpuSeconds();
  for (int i = 0; i < kLooks; ++i) {
    AdoptionStatus status = watch.Look({&position, {}, now + i * absl::Seconds(1)}, census);
    gate.Look({&position, census, now, now}, &status, &news);
  }
  return (CpuSeconds() - began) / kLooks;
}

int Main(int processes) {
  const testing::Lab lab;
  const absl::Time now = absl::Now();
  const std::shared_ptr<const Position> position = Asking(lab);
  const int64_t before = ResidentBytes();
  Census census(absl::Hours(168));
  Fill(processes, *position, now, &census);
  const int64_t resident = ResidentBytes() - before;
  const double look = TimeLook(*position, now, &census);

  std::string folder = "/tmp/pinion-census-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  const std::vector<std::string> files = {folder + "/first.json", folder + "/second.json"};
  const double writing = CpuSeconds();
  Write(census, *position, now, files[0]);
  const double written = CpuSeconds();
  Write(census, *position, now, files[1]);
  const double merging = CpuSeconds();
  const MergedCensus merged = testing::OrDie(MergeCensuses(files, now));
  const double done = CpuSeconds();
  int64_t all = 0;
  for (const PeerAdoption& peer : merged.adoption.peers) all += peer.count;
  if (all != processes) std::abort();
  std::ifstream file(files[0], std::ios::ate | std::ios::binary);
  std::printf("{\"resident\": %lld, \"look\": %.4f, \"write\": %.3f, \"file\": %lld, \"merge\": %.3f}\n",
              static_cast<long long>(resident), look, written - writing, static_cast<long long>(file.tellg()),
              done - merging);
  for (const std::string& path : files) unlink(path.c_str());
  rmdir(folder.c_str());
  return 0;
}

}  // namespace
}  // namespace pinion::bench

int main(int argc, char** argv) {
  int processes = 0;
  if (argc != 2 || !absl::SimpleAtoi(argv[1], &processes) || processes < 1) {
    std::fprintf(stderr, "usage: census PROCESSES\n");
    return 2;
  }
  return pinion::bench::Main(processes);
}
