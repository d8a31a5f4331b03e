// Exhausted limits of the system, clock jumps, and forks.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "pinion/testing/clock.h"
#include "pinion/testing/wait_until.h"
#include "tests/faults/fault.h"

namespace pinion::faults {
namespace {

// The limits of this process's own user namespace, which affect no other process.
class Limit {
 public:
  explicit Limit(const std::string& name) : path_("/proc/sys/user/" + name) { std::ifstream(path_) >> before_; }
  void Set(int64_t limit) const {
    std::ofstream file(path_);
    if (!(file << limit << std::flush)) std::abort();
  }
  void Restore() const { Set(before_); }

 private:
  const std::string path_;
  int64_t before_ = 0;
};

// No event reports changes any more; they must take effect nevertheless.
class UsedUp : public Fault {
 public:
  explicit UsedUp(const std::string& limit) : limit_(limit) {}
  void Begin(Scene& scene) override {
    limit_.Set(0);
    scene.victim().files.Change(scene.Next(), manner());
    if (!testing::WaitUntil([&] { return scene.IsInEffect(); }, kPatience)) std::abort();
  }
  void End(Scene& /*scene*/) override { limit_.Restore(); }

 private:
  const Limit limit_;
};

class NoInotifyInstance final : public UsedUp {
 public:
  NoInotifyInstance() : UsedUp("max_inotify_instances") {}
};

class NoInotifyWatch final : public UsedUp {
 public:
  NoInotifyWatch() : UsedUp("max_inotify_watches") {}
};

// Exhausts the descriptors of the server, which then can accept no connection and open no file.
class NoDescriptor final : public Fault {
 public:
  void Prepare(SceneSettings* settings) override { settings->serves_from_process = true; }
  void Begin(Scene& scene) override {
    SetLimit(scene, 3);
    scene.victim().files.Change(scene.Next(), manner());
    // Live connections go on.
    const int64_t before = scene.load().unary_calls();
    testing::WaitUntil([&] { return scene.load().unary_calls() >= before + 10; }, absl::Seconds(1));
  }
  void End(Scene& scene) override { SetLimit(scene, before_.rlim_cur); }
  bool StopsService() const override { return true; }

 private:
  void SetLimit(Scene& scene, rlim_t limit) {
    const pid_t pid = scene.process().pid();
    if (before_.rlim_max == 0 && prlimit(pid, RLIMIT_NOFILE, nullptr, &before_) != 0) std::abort();
    const rlimit wanted = {limit, before_.rlim_max};
    if (prlimit(pid, RLIMIT_NOFILE, &wanted, nullptr) != 0) std::abort();
  }

  rlimit before_ = {};
};

class ClockJump : public Fault {
 public:
  explicit ClockJump(absl::Duration by) : by_(by) {}
  void Prepare(SceneSettings* settings) override {
    settings->edit_server = [this](WorkloadOptions* options) { options->clock = clock_.AsFunction(); };
  }
  void Begin(Scene& scene) override {
    clock_.Advance(by_);
    // Certificates are judged by this clock: at a time when no certificate is valid, no peer is accepted.
    if (scene.ServesNewConnection()) std::abort();
  }
  void End(Scene& /*scene*/) override { clock_.Advance(-by_); }
  bool StopsService() const override { return true; }

 private:
  const absl::Duration by_;
  testing::Clock clock_;
};

class ClockForward final : public ClockJump {
 public:
  ClockForward() : ClockJump(absl::Hours(24 * 120)) {}
};

class ClockBack final : public ClockJump {
 public:
  ClockBack() : ClockJump(absl::Hours(-48)) {}
};

// A child that inherits every descriptor and stays alive.
class Fork final : public Fault {
 public:
  void Begin(Scene& /*scene*/) override {
    child_ = fork();
    if (child_ == 0) {
      for (;;) pause();
    }
  }
  void End(Scene& /*scene*/) override {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }

 private:
  pid_t child_ = -1;
};

}  // namespace

std::vector<Kind> SystemFaults() {
  return {{"inotify instances used up", Make<NoInotifyInstance>, /*needs_user_namespace=*/true},
          {"inotify watches used up", Make<NoInotifyWatch>, /*needs_user_namespace=*/true},
#ifndef __SANITIZE_ADDRESS__
          // UBSan, which this build then has too, opens a pipe to check an object's type (IsAccessibleMemoryRange).
          // Without descriptors it takes a valid object for an invalid one and ends the server.
          {"descriptors used up", Make<NoDescriptor>},
#endif
          {"clock jumps 120 days forward", Make<ClockForward>},
          {"clock jumps 2 days back", Make<ClockBack>},
          {"fork", Make<Fork>}};
}

}  // namespace pinion::faults
