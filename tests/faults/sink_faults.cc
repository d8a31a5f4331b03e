// Faults of event sinks and of audit logs.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "pinion/testing/wait_until.h"
#include "tests/faults/fault.h"

namespace pinion::faults {
namespace {

namespace fs = std::filesystem;

// Does the same at every event.
class UnrulySink : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& /*event*/) override { Act(); }
  void OnReload(const ReloadEvent& /*event*/) override { Act(); }
  void OnExpiry(const ExpiryEvent& /*event*/) override { Act(); }
  void OnConnection(const ConnectionEvent& /*event*/) override { Act(); }
  void OnEventsLost(int64_t /*count*/) override { Act(); }
  void OnAudit(const AuditEvent& /*event*/) override { Act(); }

  void Start() { is_on_ = true; }
  void Stop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_on_ = false;
    stopped_.notify_all();
  }
  int acts() const { return acts_; }

 protected:
  virtual void Misbehave() = 0;
  void WaitForStop() {
    std::unique_lock<std::mutex> lock(mutex_);
    stopped_.wait(lock, [this] { return !is_on_; });
  }

 private:
  void Act() {
    if (!is_on_) return;
    ++acts_;
    Misbehave();
  }

  std::atomic<bool> is_on_{false};
  std::atomic<int> acts_{0};
  std::mutex mutex_;
  std::condition_variable stopped_;
};

class ThrowingSink final : public UnrulySink {
  void Misbehave() override { throw std::runtime_error("unruly"); }
};

class BlockingSink final : public UnrulySink {
  void Misbehave() override { WaitForStop(); }
};

// The sinks of the server and of the clients, which also receive audit events.
template <typename Sink>
class BadSinks final : public Fault {
 public:
  void Prepare(SceneSettings* settings) override {
    settings->edit_server = [this](WorkloadOptions* options) { options->events = servers_; };
    settings->edit_client = [this](WorkloadOptions* options) { options->events = clients_; };
  }
  void Begin(Scene& scene) override {
    const int before = servers_->acts();
    servers_->Start();
    clients_->Start();
    if (!scene.ServesNewConnection() || !scene.AreDenied(10)) std::abort();
    if (servers_->acts() == before) std::abort();  // the fault did not occur
  }
  void End(Scene& /*scene*/) override {
    servers_->Stop();
    clients_->Stop();
  }

 private:
  const std::shared_ptr<Sink> servers_ = std::make_shared<Sink>();
  const std::shared_ptr<Sink> clients_ = std::make_shared<Sink>();
};

// An audit log that the policy names and that records every call. It is beside the watched folder.
class AuditLog : public Fault {
 public:
  void Prepare(SceneSettings* settings) override {
    settings->policy_member = R"("audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW", "audit_loggers":
      [{"name": "file_logger", "config": {"path": "../audit.log"}}]})";
  }
  void Begin(Scene& scene) override {
    path_ = scene.server_folder().parent_path() / "audit.log";
    const fs::path broken = path_.string() + ".broken";
    Break(broken);
    fs::rename(broken, path_);  // the logger creates the log again whenever it is missing
    if (!testing::WaitUntil([&] { return scene.AreDenied(1) && IsBroken(); }, kPatience)) std::abort();
  }
  void End(Scene& scene) override {
    fs::remove(path_);
    Release();
    const auto is_written = [&] {
      std::error_code error;
      return scene.AreDenied(1) && fs::is_regular_file(path_, error) && fs::file_size(path_, error) > 0;
    };
    if (!testing::WaitUntil(is_written, kPatience)) std::abort();
  }

 protected:
  // Puts a file there that cannot be written to.
  virtual void Break(const fs::path& path) = 0;
  virtual bool IsBroken() const { return true; }
  virtual void Release() {}
  fs::path path_;
};

class FullAuditLog final : public AuditLog {
  void Break(const fs::path& path) override { fs::create_symlink("/dev/full", path); }
};

class UnreadAuditLog final : public AuditLog {
  static constexpr int kBytes = 4096;

  void Break(const fs::path& path) override {
    if (mkfifo(path.c_str(), 0600) != 0) std::abort();
    reader_ = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    fcntl(reader_, F_SETPIPE_SZ, kBytes);
  }
  bool IsBroken() const override {
    int bytes = 0;
    return ioctl(reader_, FIONREAD, &bytes) == 0 && bytes > kBytes - 1024;
  }
  void Release() override { close(reader_); }
  int reader_ = -1;
};

}  // namespace

std::vector<Kind> SinkFaults() {
  return {{"event sinks throw", Make<BadSinks<ThrowingSink>>},
          {"event sinks block", Make<BadSinks<BlockingSink>>},
          {"audit log on a full disk", Make<FullAuditLog>},
          {"audit log, a pipe, is not read", Make<UnreadAuditLog>}};
}

}  // namespace pinion::faults
