// Attacks on `pinion serve` over loopback, bounded, while legitimate clients call it: tools/abuse, and the test of the
// same name, which asserts success and memory, and no times.
//   abuse [--short]
// Prints a row for each kind of attack, and ends with the line `N passed, N failed`.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/testing/wait_until.h"
#include "tests/abuse/attacks.h"
#include "tests/faults/scene.h"

namespace pinion::abuse {
namespace {

using faults::kPatience;
using faults::Scene;

// The most that resident memory may grow during an attack.
constexpr int64_t kMoreKb = int64_t{64} * 1024;
// A sanitizer keeps freed memory, and adds shadow memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryTells = false;
#else
constexpr bool kMemoryTells = true;
#endif

int64_t ResidentKb(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(file, line);) {
    int64_t kb = 0;
    if (line.rfind("VmRSS:", 0) == 0 && absl::SimpleAtoi(line.substr(6, line.find(" kB") - 6), &kb)) return kb;
  }
  return 0;
}

// Legitimate calls in a span of time.
class Rate {
 public:
  explicit Rate(Scene& scene) : scene_(scene), calls_(scene.load().unary_calls()) {}
  int64_t calls() const { return scene_.load().unary_calls() - calls_; }
  double PerSecond() const { return static_cast<double>(calls()) / absl::ToDoubleSeconds(absl::Now() - begun_); }

 private:
  Scene& scene_;
  const int64_t calls_;
  const absl::Time begun_ = absl::Now();
};

struct Report {
  double before = 0;  // calls a second
  double during = 0;
  int64_t calls_during = 0;
  int newcomers = 0;        // new connections that were tried during the attack
  int new_connections = 0;  // of these, served
  int64_t kb_before = 0;
  int64_t kb_most = 0;
  std::vector<std::string> wrongs;

  double share() const { return during / before; }
};

// Attacks in a thread, and measures in this one.
void Endure(const AttackKind& kind, int waves, Scene& scene, const Victim& victim, Report* report) {
  std::atomic<bool> is_over{false};
  const std::unique_ptr<Attack> attack = kind.make();
  const Rate during(scene);
  std::thread attacker([&] {
    for (int i = 0; i < waves; ++i) attack->Go(victim);
    is_over = true;
  });
  while (!is_over) {
    ++report->newcomers;
    report->new_connections += scene.ServesNewConnection() ? 1 : 0;
    report->kb_most = std::max(report->kb_most, ResidentKb(victim.pid));
  }
  attacker.join();
  // Live callers go on while the effects of the attack last.
  testing::WaitUntil([&] { return during.calls() >= 20; }, kPatience);
  report->during = during.PerSecond();
  report->calls_during = during.calls();
}

Report Run(const AttackKind& kind, int waves, const std::filesystem::path& folder) {
  faults::SceneSettings settings;
  settings.serves_from_process = true;
  Scene scene(folder, settings);
  const Victim victim = {scene.process().port(), scene.process().pid(), &scene.unlisted_client()};
  Report report;
  const Rate before(scene);
  testing::WaitUntil([&] { return before.calls() >= 200; }, kPatience);
  report.before = before.PerSecond();
  report.kb_before = ResidentKb(victim.pid);
  Endure(kind, waves, scene, victim, &report);
  if (!testing::WaitUntil([&] { return scene.ServesLiveChannels() && scene.ServesNewConnection(); }, kPatience)) {
    report.wrongs.emplace_back("the server did not recover");
  }
  if (report.new_connections < kind.least_newcomers * report.newcomers) {
    report.wrongs.push_back(
        absl::StrCat("of ", report.newcomers, " new connections, ", report.new_connections, " are served"));
  }
  if (report.calls_during == 0) report.wrongs.emplace_back("no legitimate call succeeded during the attack");
  if (kMemoryTells && report.kb_most - report.kb_before > kMoreKb + waves * kind.held_kb) {
    report.wrongs.emplace_back("the server takes too much memory");
  }
  if (!scene.RefusesImpostors()) report.wrongs.emplace_back("an impostor is accepted");
  scene.load().Stop();
  for (const soak::Ended& call : scene.load().failed()) report.wrongs.push_back(soak::ToString(call));
  return report;
}

int Main(bool is_short) {
  rlimit descriptors = {};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  const char* const base = std::getenv("TEST_TMPDIR");
  std::string folder = absl::StrCat(base != nullptr ? base : "/tmp", "/abuse.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  std::printf("%-42s | waves | calls/s before | during | share | least | new | RSS kB before | most | wrong\n",
              "attack");
  int passed = 0;
  int failed = 0;
  for (const AttackKind& kind : Attacks()) {
    const int waves = is_short ? 1 : kind.waves;
    Report report = Run(kind, waves, folder);
    // A single wave is too short to measure the share.
    if (!is_short && !(report.share() >= kind.least_share)) {
      report.wrongs.emplace_back("legitimate callers keep too small a share of their calls");
    }
    std::printf("%-42s | %5d | %14.0f | %6.0f | %5.2f | %5.2f | %3d | %13lld | %4lld | %zu\n", kind.name, waves,
                report.before, report.during, report.share(), kind.least_share, report.new_connections,
                static_cast<long long>(report.kb_before), static_cast<long long>(report.kb_most), report.wrongs.size());
    for (size_t i = 0; i < report.wrongs.size() && i < 10; ++i) std::printf("  %s\n", report.wrongs[i].c_str());
    std::fflush(stdout);
    ++(report.wrongs.empty() ? passed : failed);
  }
  std::filesystem::remove_all(folder);
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace pinion::abuse

int main(int argc, char** argv) { return pinion::abuse::Main(argc > 1 && std::string(argv[1]) == "--short"); }
