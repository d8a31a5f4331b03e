#include "pinion/connection/accept_loop.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/thread_without_signals.h"
#include "pinion/connection/listening_sockets.h"
#include "pinion/connection/socket_address.h"
#include "pinion/connection/steady_time.h"

namespace pinion {
namespace {

// How often to look while handshakes are under way, and when there is no place left for others.
constexpr absl::Duration kHandshakeTick = absl::Milliseconds(50);
constexpr absl::Duration kFullTick = absl::Milliseconds(10);
// With no place left for others: how long a peer may keep us waiting, how little is no handshake's beginning, and how
// often to look.
constexpr absl::Duration kStall = absl::Seconds(1);
constexpr uint64_t kLeastBytes = 64;
constexpr absl::Duration kStallTick = absl::Milliseconds(100);
// How long to leave connections in the kernel's queue when descriptors have run out.
constexpr absl::Duration kBreather = absl::Milliseconds(100);

void SetOption(int socket, int level, int name, int value) { setsockopt(socket, level, name, &value, sizeof(value)); }

// Whether it is the peer that keeps us waiting: everything it sent was read, and for a while nothing more came, or next
// to nothing ever did.
bool IsStalledByPeer(int connection) {
  int unread = 0;
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (ioctl(connection, FIONREAD, &unread) != 0 || unread > 0 ||
      getsockopt(connection, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return false;
  }
  return absl::Milliseconds(info.tcpi_last_data_recv) >= kStall || info.tcpi_bytes_received < kLeastBytes;
}

void Watch(int epoll, int operation, int descriptor, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = descriptor;
  epoll_ctl(epoll, operation, descriptor, &event);
}

}  // namespace

absl::StatusOr<std::unique_ptr<AcceptLoop>> AcceptLoop::Open(Settings settings) {
  std::unique_ptr<AcceptLoop> loop(new AcceptLoop(std::move(settings)));
  loop->epoll_ = AboveStandardStreams(epoll_create1(EPOLL_CLOEXEC));
  loop->wake_ = AboveStandardStreams(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (loop->epoll_ < 0 || loop->wake_ < 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen: ", std::strerror(errno)));
  }
  Watch(loop->epoll_, EPOLL_CTL_ADD, loop->wake_, EPOLLIN);
  if (absl::Status status = loop->Listen(); !status.ok()) return status;
  return loop;
}

absl::Status AcceptLoop::Listen() {
  absl::StatusOr<ListeningSockets> sockets = OpenListeningSockets(settings_.address);
  if (!sockets.ok()) return sockets.status();
  listeners_ = std::move(sockets->descriptors);
  port_ = sockets->port;
  unavailable_addresses_ = std::move(sockets->unavailable);
  return absl::OkStatus();
}

AcceptLoop::~AcceptLoop() {
  End();
  // Whoever is in the middle of a handshake is gRPC's from here on.
  while (!handshakes_.empty()) Forget(Endpoints(handshakes_.begin()->first));
  if (epoll_ >= 0) close(epoll_);
  if (wake_ >= 0) close(wake_);
}

void AcceptLoop::Start(HandOver hand_over, Look look) {
  hand_over_ = std::move(hand_over);
  look_ = std::move(look);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const int listener : listeners_) Watch(epoll_, EPOLL_CTL_ADD, listener, EPOLLIN);
  }
  thread_ = StartThreadWithoutSignals([this] { Run(); });
}

void AcceptLoop::Wake() {
  woken_ = true;
  eventfd_write(wake_, 1);
}

void AcceptLoop::Stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const int listener : listeners_) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, listener, nullptr);
    close(listener);
  }
  listeners_.clear();
}

void AcceptLoop::End() {
  Stop();
  ended_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
}

void AcceptLoop::Run() {
  absl::Time look_at = absl::InfinitePast();
  while (!ended_) {
    absl::Time now = SteadyNow();
    if (woken_.exchange(false) || now >= std::min(look_at, look_for_handshakes_at_)) {
      look_at = now + look_();
      now = SteadyNow();
      look_for_handshakes_at_ = handshakes_.empty() ? absl::InfiniteFuture() : now + Tick();
      // Only now: a handshake that is over must not be cut off for being late.
      CutOffLate(now);
      CutOffStalled(now);
    }
    SetAccepting(!is_full() && now >= pause_until_);
    absl::Duration at_most = std::min(look_at, look_for_handshakes_at_) - now;
    if (!accepting_) at_most = std::min(at_most, kBreather);
    Wait(at_most);
  }
}

absl::Duration AcceptLoop::Tick() const { return is_full() ? kFullTick : kHandshakeTick; }

void AcceptLoop::Wait(absl::Duration at_most) {
  std::array<epoll_event, 64> events = {};
  const auto milliseconds =
      std::clamp<int64_t>(absl::ToInt64Milliseconds(absl::Ceil(at_most, absl::Milliseconds(1))), 0, 60'000);
  const int count = epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(milliseconds));
  for (int i = 0; i < count && !ended_; ++i) {
    const int descriptor = events[i].data.fd;
    if (descriptor == wake_) {
      eventfd_t ignored = 0;
      eventfd_read(wake_, &ignored);
    } else if (const auto found = connections_.find(descriptor); found != connections_.end()) {
      Forget(Endpoints(found->second));  // gRPC or the peer gave up
    } else if (!AcceptFrom(descriptor)) {
      pause_until_ = SteadyNow() + kBreather;
    }
  }
}

bool AcceptLoop::AcceptFrom(int listener) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (std::find(listeners_.begin(), listeners_.end(), listener) == listeners_.end()) return true;
  while (!is_full()) {
    const int connection = AboveStandardStreams(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection < 0) {
      const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      return !exhausted;
    }
    if (!Adopt(listener, connection)) return false;
  }
  return true;
}

bool AcceptLoop::Adopt(int listener, int connection) {
  const std::optional<std::string> local = LocalAddress(connection);
  const std::optional<std::string> remote = RemoteAddress(connection);
  const bool is_there = local.has_value() && remote.has_value();
  const int ours = is_there ? fcntl(connection, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;
  if (ours < 0) {  // already gone, or no descriptor left
    close(connection);
    return !is_there;
  }
  SetOption(connection, IPPROTO_TCP, TCP_NODELAY, 1);
  const Endpoints endpoints(*local, *remote);
  Forget(endpoints);  // an earlier one between the same two must be over
  handshakes_[endpoints] = {ours, SteadyNow() + settings_.handshake_timeout};
  connections_[ours] = endpoints;
  Watch(epoll_, EPOLL_CTL_ADD, ours, /*events=*/0);  // its end is always told
  look_for_handshakes_at_ = std::min(look_for_handshakes_at_, SteadyNow() + Tick());
  hand_over_(listener, connection);
  return true;
}

void AcceptLoop::SetAccepting(bool accepting) {
  if (accepting == accepting_) return;
  accepting_ = accepting;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const int listener : listeners_) Watch(epoll_, EPOLL_CTL_MOD, listener, accepting ? uint32_t{EPOLLIN} : 0);
}

void AcceptLoop::CutOffLate(absl::Time now) {
  std::vector<Endpoints> late;
  for (const auto& [endpoints, handshake] : handshakes_) {
    if (now >= handshake.deadline) late.push_back(endpoints);
  }
  CutOff(late);
}

void AcceptLoop::CutOffStalled(absl::Time now) {
  if (!is_full() || now < look_for_stalled_at_) return;
  look_for_stalled_at_ = now + kStallTick;
  std::vector<Endpoints> stalled;
  for (const auto& [endpoints, handshake] : handshakes_) {
    const bool had_time = now >= handshake.deadline - settings_.handshake_timeout + kStall;
    if (had_time && IsStalledByPeer(handshake.descriptor)) stalled.push_back(endpoints);
  }
  CutOff(stalled);
}

void AcceptLoop::CutOff(const std::vector<Endpoints>& connections) {
  for (const Endpoints& endpoints : connections) {
    shutdown(handshakes_[endpoints].descriptor, SHUT_RDWR);
    Forget(endpoints);
  }
}

void AcceptLoop::HandshakeIsOver(const Endpoints& endpoints) { Forget(endpoints); }

void AcceptLoop::Forget(const Endpoints& endpoints) {
  const auto found = handshakes_.find(endpoints);
  if (found == handshakes_.end()) return;
  const int ours = found->second.descriptor;
  // Closing it alone would leave the connection, which gRPC has open too, among the watched, under a number that soon
  // means something else.
  epoll_ctl(epoll_, EPOLL_CTL_DEL, ours, nullptr);
  connections_.erase(ours);
  close(ours);
  handshakes_.erase(found);
}

}  // namespace pinion
