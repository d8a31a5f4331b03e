// Faults around a process during calls: writers that are killed, full disks, lost permissions, and clocks that jump.
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <random>

#include "pinion/testing/echo_server.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

// A file that a process writes in place, a few bytes at a time. Between fork and exit, Run calls only
// async-signal-safe functions.
struct SlowWrite {
  std::string path;
  std::string text;

  void Run() const {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    for (size_t at = 0; at < text.size(); at += 64) {
      if (write(file, text.data() + at, std::min<size_t>(64, text.size() - at)) < 0) _exit(1);
    }
    close(file);
  }
};

// Makes file permissions apply to this thread and to those that it starts afterwards, even for root.
void ObeyPermissions() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets = {};
  ASSERT_EQ(syscall(SYS_capget, &header, sets.data()), 0);
  sets[0].effective &= ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
  ASSERT_EQ(syscall(SYS_capset, &header, sets.data()), 0);
}

class FaultsTest : public PartiesTest {
 protected:
  FaultsTest() {
    ObeyPermissions();
    WorkloadOptions options = From("server", events_);
    options.clock = [this] { return absl::Now() + absl::Nanoseconds(offset_.load()); };
    server_ = std::make_unique<EchoServer>(options);
    channel_ = lab_.CreateChannelTo(server_->address(), lab_.OptionsForClient(lab_.client()));
    EXPECT_THAT(Echo(channel_), IsOk());
  }

  // Expects that calls succeed on the live channel and on new connections.
  void ExpectService() {
    EXPECT_THAT(Echo(channel_), IsOk());
    EXPECT_THAT(Echo(lab_.CreateChannelTo(server_->address(), lab_.OptionsForClient(lab_.client()))), IsOk());
  }
  // The files that the writer of step `i` has for the server: all of one key, or all of the other.
  std::vector<SlowWrite> Writes(int i) {
    const IssuedCertificate& own = i % 2 == 0 ? lab_.server_backup() : lab_.server();
    const std::string folder = (folder_ / "server").string();
    return {{folder + "/own.pem", own.CertificatePem()},
            {folder + "/own-key.pem", own.PrivateKeyPem()},
            {folder + "/ca.pem", lab_.ca().RootPem()},
            {folder + "/pins.json", std::string(PinText(i + 2))}};
  }
  std::string PinText(int version) {
    WritePins("scratch", version, "ACTIVE", "BACKUP");
    std::ifstream file(folder_ / "scratch" / "pins.json");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  // Writes the files completely, and expects them to be in effect.
  void ExpectRecovery(const std::vector<SlowWrite>& writes) {
    for (const SlowWrite& write : writes) write.Run();
    EXPECT_TRUE(WaitUntil([&] {
      server_->workload()->Reload();
      const WorkloadStatus status = server_->workload()->Status();
      return status.identity.error.ok() && status.pin_set.error.ok();
    })) << server_->workload()->Status().identity.error.message();
    ExpectService();
  }

  std::atomic<int64_t> offset_{0};
  std::unique_ptr<EchoServer> server_;
  std::shared_ptr<grpc::ChannelInterface> channel_;
};

TEST_F(FaultsTest, AWriterIsKilledAnywhere) {
  std::filesystem::create_directories(folder_ / "scratch");
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    const std::vector<SlowWrite> writes = Writes(i);
    const pid_t writer = fork();
    if (writer == 0) {
      for (;;) {
        for (const SlowWrite& write : writes) write.Run();
      }
    }
    // A random number of calls stands in for a random delay.
    for (uint32_t call = random() % 20; call > 0; --call) EXPECT_THAT(Echo(channel_), IsOk());
    kill(writer, SIGKILL);
    waitpid(writer, nullptr, 0);
    ExpectService();
  }
  ExpectRecovery(Writes(50));
}

TEST_F(FaultsTest, AWritersDiskIsFull) {
  std::filesystem::create_directories(folder_ / "scratch");
  for (const rlim_t room : {0, 100, 200, 300, 500}) {
    const std::vector<SlowWrite> writes = Writes(0);
    const pid_t writer = fork();
    if (writer == 0) {
      const rlimit limit = {room, room};
      setrlimit(RLIMIT_FSIZE, &limit);
      signal(SIGXFSZ, SIG_IGN);  // the write fails, as on a full disk
      for (const SlowWrite& write : writes) write.Run();
      _exit(0);
    }
    waitpid(writer, nullptr, 0);
    server_->workload()->Reload();
    EXPECT_FALSE(server_->workload()->Status().identity.error.ok());
    ExpectService();
  }
  ExpectRecovery(Writes(0));
}

TEST_F(FaultsTest, PermissionsAreRemovedAndRestored) {
  const std::string key = (folder_ / "server" / "own-key.pem").string();
  const std::string pins = (folder_ / "server" / "pins.json").string();
  chmod(key.c_str(), 0);
  chmod(pins.c_str(), 0);
  server_->workload()->Reload();
  const WorkloadStatus status = server_->workload()->Status();
  EXPECT_EQ(status.identity.error.message(), absl::StrCat("cannot read ", key, ": Permission denied"));
  EXPECT_EQ(status.pin_set.error.message(), absl::StrCat("cannot read ", pins, ": Permission denied"));
  ExpectService();
  chmod(key.c_str(), 0600);
  chmod(pins.c_str(), 0644);
  server_->workload()->Reload();
  EXPECT_TRUE(server_->workload()->Status().identity.error.ok());
  EXPECT_TRUE(server_->workload()->Status().pin_set.error.ok());
}

TEST_F(FaultsTest, TheClockJumpsForthAndBack) {
  const auto refused_as = [&] {
    const size_t before = events_->handshakes().size();
    Echo(lab_.CreateChannelTo(server_->address(), lab_.OptionsForClient(lab_.client())));
    return events_->WaitForHandshake(before).value_or(HandshakeEvent()).reason;
  };
  offset_ = absl::ToInt64Nanoseconds(absl::Hours(24 * 91));
  EXPECT_EQ(refused_as(), v1::CERTIFICATE_EXPIRED);
  offset_ = -absl::ToInt64Nanoseconds(absl::Hours(48));
  EXPECT_EQ(refused_as(), v1::CERTIFICATE_NOT_YET_VALID);
  offset_ = 0;
  ExpectService();
}

}  // namespace
}  // namespace pinion::testing
