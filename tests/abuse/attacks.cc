#include "tests/abuse/attacks.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/testing/count_entries.h"
#include "tests/e2e/raw_connection.h"
#include "tests/e2e/raw_tls_client.h"
#include "tools/pinion/drill/http2.h"
#include "tools/pinion/drill/stream.h"

namespace pinion::abuse {
namespace {

namespace http2 = drill::http2;
using testing::RawTlsClient;
using testing::RawTlsConnection;
using testing::TlsVersion;

// A TLS record that announces 512 bytes, and the first of them, a ClientHello's.
constexpr absl::string_view kBegunHandshake("\x16\x03\x01\x02\x00\x01", 6);

// TCP connections that stay open until destruction.
class Connections {
 public:
  ~Connections() {
    for (const int socket : sockets_) close(socket);
  }
  void Add(int port) {
    const int socket = drill::Dial("127.0.0.1", port, absl::Now() + absl::Seconds(10));
    if (socket >= 0) sockets_.push_back(socket);
  }
  void SendAll(absl::string_view bytes) const {
    for (const int socket : sockets_) send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

 private:
  std::vector<int> sockets_;
};

// More than the handshakes that the server accepts at once.
constexpr int kMany = 300;

class HalfOpen final : public Attack {
  void Go(const Victim& victim) override {
    for (int i = 0; i < kMany; ++i) connections_.Add(victim.port);
  }
  Connections connections_;
};

// Slow loris: a byte now and then.
class SlowHandshakes final : public Attack {
  void Go(const Victim& victim) override {
    Connections connections;
    for (int i = 0; i < kMany; ++i) connections.Add(victim.port);
    connections.SendAll(kBegunHandshake);
    for (int i = 0; i < 20; ++i) {
      connections.SendAll(absl::string_view("\0", 1));
      absl::SleepFor(absl::Milliseconds(50));  // the pace of the attack
    }
  }
};

// The server's limit is 64 descriptors above what it holds. Connections arrive until none is left.
class Descriptors final : public Attack {
 public:
  ~Descriptors() override {
    if (pid_ > 0) prlimit(pid_, RLIMIT_NOFILE, &before_, nullptr);
  }

 private:
  void Go(const Victim& victim) override {
    if (pid_ == 0) {
      pid_ = victim.pid;
      prlimit(pid_, RLIMIT_NOFILE, nullptr, &before_);
      const auto held = static_cast<rlim_t>(testing::CountEntries(absl::StrCat("/proc/", pid_, "/fd")));
      const rlimit low = {held + 64, before_.rlim_max};
      prlimit(pid_, RLIMIT_NOFILE, &low, nullptr);
    }
    Connections connections;
    for (int i = 0; i < kMany; ++i) connections.Add(victim.port);
  }
  pid_t pid_ = 0;
  rlimit before_ = {};
};

// An accepted connection, on which the attack sends as fast as possible and reads nothing.
class Sender : public Attack {
 public:
  void Go(const Victim& victim) override {
    RawTlsClient client(TlsVersion::k13, victim.attacker);
    const std::unique_ptr<RawTlsConnection> connection = client.Open(victim.port);
    if (connection == nullptr) return;
    std::string bytes = absl::StrCat(http2::kPreface, http2::Encode({http2::kSettings, 0, 0, ""}));
    for (int i = 0; i < kFrames; ++i) {
      bytes += Next(i);
      if (bytes.size() < kChunk && i + 1 < kFrames) continue;
      if (!connection->Send(bytes)) return;  // the server has closed it
      bytes.clear();
    }
  }

 protected:
  virtual std::string Next(int i) = 0;

 private:
  static constexpr int kFrames = 5000;
  static constexpr size_t kChunk = 16384;
};

// CVE-2023-44487.
class RapidReset final : public Sender {
  std::string Next(int i) override {
    http2::FrameReader reader;
    reader.Add(http2::Request("/pinion.v1.Echo/UnaryEcho", "server.test"));
    http2::Frame headers = *reader.Next();
    headers.stream = 2 * static_cast<uint32_t>(i) + 1;
    return http2::Encode(headers) + http2::Encode({http2::kReset, 0, headers.stream, std::string("\0\0\0\x08", 4)});
  }
};

// CVE-2019-9512.
class Pings final : public Sender {
  std::string Next(int /*i*/) override { return http2::Encode({http2::kPing, 0, 0, "12345678"}); }
};

// CVE-2019-9515.
class Settings final : public Sender {
  std::string Next(int /*i*/) override { return http2::Encode({http2::kSettings, 0, 0, ""}); }
};

// Headers that never end (CVE-2024-27316 and similar): 80 MB of them, on one stream.
class EndlessHeaders final : public Sender {
  std::string Next(int i) override {
    constexpr uint8_t kContinuation = 9;
    http2::FrameReader reader;
    reader.Add(http2::Request("/pinion.v1.Echo/UnaryEcho", "server.test"));
    http2::Frame headers = *reader.Next();
    headers.flags = 0;
    if (i == 0) return http2::Encode(headers);
    // A literal without indexing: x: and a value of 16,000 bytes (RFC 7541 §5.1).
    const std::string field = absl::StrCat(absl::string_view("\0\x01x\x7f\x81\x7c", 6), std::string(16000, 'x'));
    return http2::Encode({kContinuation, 0, 1, field});
  }
};

// Accepted connections that then do nothing.
class ManyConnections final : public Attack {
  void Go(const Victim& victim) override {
    constexpr int kConnections = 100;
    RawTlsClient client(TlsVersion::k13, victim.attacker);
    for (int i = 0; i < kConnections; ++i) {
      auto connection = client.Open(victim.port);
      if (connection == nullptr) continue;
      connection->Send(absl::StrCat(http2::kPreface, http2::Encode({http2::kSettings, 0, 0, ""})));
      connections_.push_back(std::move(connection));
    }
  }
  std::vector<std::unique_ptr<RawTlsConnection>> connections_;
};

// Many connections that send the beginning of a long ClientHello and then a byte each half second, for longer than two
// drain windows a wave. Those that the server closes are opened again at once.
class SlowClientHellos : public Attack {
 public:
  explicit SlowClientHellos(const char* from) : from_(from) {}

 private:
  static constexpr int kConnections = 1500;

  void Go(const Victim& victim) override {
    std::vector<std::unique_ptr<testing::RawConnection>> connections(kConnections);
    const absl::Time end = absl::Now() + absl::Seconds(6);
    for (int round = 0; absl::Now() < end; ++round) {
      for (auto& connection : connections) {
        if (connection == nullptr || connection->IsEnded()) {
          connection = std::make_unique<testing::RawConnection>(victim.port, kLongHello, from_);
        } else if (round % 5 == 0) {
          connection->Send(absl::string_view("\0", 1));
        }
      }
      absl::SleepFor(absl::Milliseconds(100));  // the pace of the attack
    }
  }
  // The first 11 bytes of a ClientHello of 16 kB.
  static constexpr absl::string_view kLongHello = absl::string_view("\x16\x03\x01\x3f\xff\x01\x00\x3f\xfb\x03\x03", 11);
  const char* const from_;
};
class SlowClientHellosFromHere final : public SlowClientHellos {
 public:
  SlowClientHellosFromHere() : SlowClientHellos("127.0.0.1") {}
};
class SlowClientHellosFromElsewhere final : public SlowClientHellos {
 public:
  SlowClientHellosFromElsewhere() : SlowClientHellos("127.0.0.2") {}
};

// Complete ClientHellos without anything after them, so that each takes a place.
class StalledHandshakes final : public Attack {
  void Go(const Victim& victim) override {
    std::vector<std::unique_ptr<testing::RawConnection>> connections(kMany);
    const absl::Time end = absl::Now() + absl::Seconds(6);
    while (absl::Now() < end) {
      for (auto& connection : connections) {
        if (connection != nullptr && !connection->IsEnded()) continue;
        connection = std::make_unique<testing::RawConnection>(victim.port, testing::CompleteClientHello(), "127.0.0.2");
      }
      absl::SleepFor(absl::Milliseconds(100));  // the pace of the attack
    }
  }
};

// As many connections of one accepted key as the server has descriptors, which is 256 here.
class ConnectionsOfOneKey final : public Attack {
 public:
  ~ConnectionsOfOneKey() override { prlimit(pid_, RLIMIT_NOFILE, &before_, nullptr); }

 private:
  void Go(const Victim& victim) override {
    constexpr int kConnections = 250;
    if (pid_ == 0) {
      pid_ = victim.pid;
      prlimit(pid_, RLIMIT_NOFILE, nullptr, &before_);
      const rlimit low = {256, before_.rlim_max};
      prlimit(pid_, RLIMIT_NOFILE, &low, nullptr);
    }
    RawTlsClient client(TlsVersion::k13, victim.attacker);
    std::vector<std::unique_ptr<RawTlsConnection>> connections;
    for (int i = 0; i < kConnections; ++i) {
      auto connection = client.Open(victim.port);
      if (connection == nullptr) continue;
      connection->Send(absl::StrCat(http2::kPreface, http2::Encode({http2::kSettings, 0, 0, ""})));
      connections.push_back(std::move(connection));
    }
  }
  pid_t pid_ = 0;
  rlimit before_ = {};
};

template <typename T>
std::unique_ptr<Attack> Make() {
  return std::make_unique<T>();
}

}  // namespace

std::vector<AttackKind> Attacks() {
  return {{"silent connections", Make<HalfOpen>, 4, 0.2},
          {"slow handshakes", Make<SlowHandshakes>, 5, 0.5},
          {"1,500 slow ClientHellos", Make<SlowClientHellosFromHere>, 2, 0.3, 0, /*least_newcomers=*/0.9},
          {"1,500 slow ClientHellos, another address", Make<SlowClientHellosFromElsewhere>, 2, 0.3, 0, 0.9},
          {"300 stalled handshakes, another address", Make<StalledHandshakes>, 2, 0.3, 0, 0.9},
          {"250 connections of one key, 256 descriptors", Make<ConnectionsOfOneKey>, 4, 0.2, 0, 0.9},
          {"descriptors used up", Make<Descriptors>, 5, 0.3},
          // 6 kB per stream until it is processed.
          {"streams opened and reset at once", Make<RapidReset>, 20, 0.02, /*held_kb=*/int64_t{30} * 1024},
          // 4 kB per ping.
          {"pings", Make<Pings>, 20, 0.1, /*held_kb=*/int64_t{20} * 1024},
          {"settings", Make<Settings>, 20, 0.5},
          // gRPC 1.51 keeps them all from a client that does not acknowledge its limit.
          {"headers without an end, 80 MB", Make<EndlessHeaders>, 5, 0.5, /*held_kb=*/int64_t{80} * 1024},
          // 160 kB per connection, its TLS included.
          {"100 idle connections a wave, one address", Make<ManyConnections>, 10, 0.5, /*held_kb=*/int64_t{16} * 1024}};
}

}  // namespace pinion::abuse
