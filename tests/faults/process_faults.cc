// Faults of whole processes.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "pinion/testing/recording_sink.h"
#include "pinion/testing/wait_until.h"
#include "tests/faults/fault.h"

namespace pinion::faults {
namespace {

class KilledServer final : public Fault {
 public:
  void Prepare(SceneSettings* settings) override { settings->serves_from_process = true; }
  void Begin(Scene& scene) override { scene.StopServer(); }
  void End(Scene& scene) override { scene.StartServer(); }
  bool StopsService() const override { return true; }
};

// Stops the server, but not its process.
class ListenerGone final : public Fault {
 public:
  void Begin(Scene& scene) override { scene.StopServer(); }
  void End(Scene& scene) override { scene.StartServer(); }
  bool StopsService() const override { return true; }
};

// The client is killed during its calls, while other clients go on.
class KilledClient final : public Fault {
 public:
  void Prepare(SceneSettings* settings) override {
    settings->edit_server = [this](WorkloadOptions* options) { options->events = server_events_; };
  }
  void Begin(Scene& scene) override {
    const size_t before = server_events_->handshakes().size();
    const std::string config = scene.client_config();
    const std::string& address = scene.address();
    const pid_t client = fork();
    if (client == 0) {
      execl("/proc/self/exe", "faults", "--client", config.c_str(), address.c_str(), nullptr);
      _exit(127);
    }
    if (!testing::WaitUntil([&] { return server_events_->handshakes().size() > before; }, kPatience)) std::abort();
    kill(client, SIGKILL);
    waitpid(client, nullptr, 0);
  }

 private:
  const std::shared_ptr<testing::RecordingSink> server_events_ = std::make_shared<testing::RecordingSink>();
};

class HangUps final : public Fault {
 public:
  void Prepare(SceneSettings* settings) override { settings->serves_from_process = true; }
  void Begin(Scene& scene) override {
    for (int i = 0; i < 100; ++i) {
      kill(scene.process().pid(), SIGHUP);
      if (i % 10 == 0) scene.ServesLiveChannels();
    }
  }
};

// Standard error is a pipe whose reader hangs. The log lines about impostors fill it.
class UnreadLog final : public Fault {
 public:
  void Prepare(SceneSettings* settings) override { settings->serves_from_process = true; }
  void Begin(Scene& scene) override {
    const auto is_full = [&] { return scene.process().LogIsFull() || !scene.RefusesImpostors(); };
    if (!testing::WaitUntil(is_full, kPatience) || !scene.RefusesImpostors()) std::abort();
  }
  void End(Scene& scene) override { scene.process().DrainLog(); }
};

}  // namespace

std::vector<Kind> ProcessFaults() {
  return {{"server killed, and started again", Make<KilledServer>},
          {"listener gone, and back", Make<ListenerGone>},
          {"client killed", Make<KilledClient>},
          {"SIGHUP a hundred times", Make<HangUps>},
          {"the log, a pipe, is not read", Make<UnreadLog>}};
}

}  // namespace pinion::faults
