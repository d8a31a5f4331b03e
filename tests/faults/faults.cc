// Every kind of fault, repeated under load: tools/faults, and the test of the same name.
//   faults REPETITIONS [KIND...]
// Each kind has a process, a user and a mount namespace, and a small disk of its own. Prints a row for each, and ends
// with the line `N passed, N failed` (kinds). Exits with 1 where an expectation did not hold.
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "tests/faults/run.h"
#include "tests/soak/site.h"

namespace pinion::faults {
namespace {

// The exit code of a child that lacks the permissions that a fault needs.
constexpr int kNotHere = 77;

constexpr char kCrowd[] = "many channels, one change";
// 2,000 channels in the long form; each is a connection.
constexpr int kCrowdPerRepetition = 40;

std::vector<Kind> AllKinds() {
  std::vector<Kind> all;
  for (const auto& kinds : {FileFaults(), FolderFaults(), SystemFaults(), ProcessFaults(), SinkFaults()}) {
    all.insert(all.end(), kinds.begin(), kinds.end());
  }
  return all;
}

// Makes file permissions apply to this process even when it runs as root.
void ObeyPermissions() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets = {};
  syscall(SYS_capget, &header, sets.data());
  sets[0].effective &= ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
  if (syscall(SYS_capset, &header, sets.data()) != 0) std::abort();
}

int RunOne(const std::string& name, const std::string& folder, int repetitions) {
  ObeyPermissions();
  Outcome outcome;
  if (name == kCrowd) {
    outcome = RunCrowd(folder, kCrowdPerRepetition * repetitions, repetitions);
  } else {
    for (const Kind& kind : AllKinds()) {
      if (name != kind.name) continue;
      const std::unique_ptr<Fault> fault = kind.make();
      outcome = Run(*fault, folder, repetitions);
    }
  }
  std::printf("%-40s | %11d | %7lld | %5zu | %6lld ms\n", name.c_str(), repetitions,
              static_cast<long long>(outcome.calls), outcome.wrongs.size(),
              static_cast<long long>(absl::ToInt64Milliseconds(outcome.recovered)));
  for (size_t i = 0; i < outcome.wrongs.size() && i < 10; ++i) {
    std::fprintf(stderr, "  %s\n", outcome.wrongs[i].c_str());
  }
  return outcome.wrongs.empty() && outcome.calls > 0 ? 0 : 1;
}

// A client that another process kills.
int CallForEver(const std::string& config, const std::string& address) {
  const auto channel = soak::OpenChannel(address, testing::OrDie(WorkloadOptions::FromFile(config)));
  while (testing::Echo(channel).ok()) {
  }
  return 1;
}

void WriteTo(const char* path, const std::string& text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, text.data(), text.size()) < 0) {
    std::perror(path);
    _exit(2);
  }
  close(file);
}

// In namespaces of its own, so that its limits and full disks affect no other process. The disk ends with the
// namespace. Returns -1 where the system permits no namespace.
pid_t Start(const std::string& kind, const std::string& folder, const std::string& repetitions, bool user_namespace) {
  const std::string uid = absl::StrCat("0 ", geteuid(), " 1");
  const std::string gid = absl::StrCat("0 ", getegid(), " 1");
  // By its path: in a chroot, the libraries of /proc/self/exe would be looked up in the mounts outside.
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const int flags = CLONE_NEWNS | SIGCHLD | (user_namespace ? CLONE_NEWUSER : 0);
  std::fflush(nullptr);
  const auto child = static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
  if (child != 0) return child;
  if (user_namespace) {
    WriteTo("/proc/self/setgroups", "deny");
    WriteTo("/proc/self/uid_map", uid);
    WriteTo("/proc/self/gid_map", gid);
  }
  mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);  // fails in a chroot, which has no mount of its own
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) {
    std::perror("faults: mount");
    _exit(kNotHere);
  }
  execl(program.c_str(), "faults", "--one", kind.c_str(), folder.c_str(), repetitions.c_str(), nullptr);
  _exit(127);
}

enum class Result { kPassed, kFailed, kSkipped };

Result RunKind(const Kind& kind, const std::string& folder, const std::string& repetitions) {
  pid_t child = Start(kind.name, folder, repetitions, /*user_namespace=*/true);
  // Within a chroot, root may create other namespaces, but no user namespaces.
  if (child < 0 && !kind.needs_user_namespace) child = Start(kind.name, folder, repetitions, /*user_namespace=*/false);
  int status = -1;
  if (child >= 0 && waitpid(child, &status, 0) == child && status == 0) return Result::kPassed;
  if (child < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == kNotHere)) {
    std::printf("%-40s   SKIPPED: namespaces are not permitted here\n", kind.name);
    return Result::kSkipped;
  }
  std::printf("%-40s   FAILED (status %d)\n", kind.name, status);
  return Result::kFailed;
}

int RunAll(const std::string& repetitions, bool may_skip, const std::vector<std::string>& names) {
  const char* const base = std::getenv("TEST_TMPDIR");
  std::string folder = absl::StrCat(base != nullptr ? base : "/tmp", "/faults.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  std::vector<Kind> kinds = AllKinds();
  kinds.push_back({kCrowd, nullptr});
  std::printf("%-40s | repetitions |   calls | wrong | recovered in (max)\n", "kind");
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  for (const Kind& kind : kinds) {
    if (!names.empty() && std::find(names.begin(), names.end(), kind.name) == names.end()) continue;
    const Result result = RunKind(kind, folder, repetitions);
    passed += result == Result::kPassed ? 1 : 0;
    failed += result == Result::kFailed ? 1 : 0;
    skipped += result == Result::kSkipped ? 1 : 0;
  }
  rmdir(folder.c_str());
  if (skipped > 0) std::printf("%d skipped\n", skipped);
  if (!may_skip) failed += skipped;
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

int Main(const std::vector<std::string>& arguments) {
  int repetitions = 0;
  if (arguments.size() == 4 && arguments[0] == "--one" && absl::SimpleAtoi(arguments[3], &repetitions)) {
    return RunOne(arguments[1], arguments[2], repetitions);
  }
  if (arguments.size() == 3 && arguments[0] == "--client") return CallForEver(arguments[1], arguments[2]);
  if (!arguments.empty() && absl::SimpleAtoi(arguments[0], &repetitions) && repetitions > 0) {
    const bool may_skip = arguments.size() > 1 && arguments[1] == "--may-skip";
    return RunAll(arguments[0], may_skip, {arguments.begin() + (may_skip ? 2 : 1), arguments.end()});
  }
  std::fprintf(stderr, "usage: faults REPETITIONS [--may-skip] [KIND...]\n");
  return 2;
}

}  // namespace
}  // namespace pinion::faults

int main(int argc, char** argv) { return pinion::faults::Main({argv + 1, argv + argc}); }
