#include "pinion/server/admission/accept_loop.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/base/thread_without_signals.h"
#include "pinion/server/admission/connection_socket.h"
#include "pinion/server/admission/listening_sockets.h"

namespace pinion {
namespace {

// The interval of checks while handshakes are in progress, and while some of them wait for a place.
constexpr absl::Duration kHandshakeTick = absl::Milliseconds(50);
constexpr absl::Duration kFullTick = absl::Milliseconds(10);
// How long connections stay in the kernel's queue when descriptors are exhausted.
constexpr absl::Duration kBreather = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<std::unique_ptr<AcceptLoop>> AcceptLoop::Open(std::string address,
                                                             std::shared_ptr<AcceptedConnections> connections) {
  std::unique_ptr<AcceptLoop> loop(new AcceptLoop(std::move(address), std::move(connections)));
  loop->wake_ = AboveStandardStreams(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (loop->connections_->epoll() < 0 || loop->wake_ < 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen: ", std::strerror(errno)));
  }
  WatchDescriptor(loop->connections_->epoll(), EPOLL_CTL_ADD, loop->wake_, EPOLLIN, loop->wake_);
  if (absl::Status status = loop->Listen(); !status.ok()) return status;
  return loop;
}

absl::Status AcceptLoop::Listen() {
  absl::StatusOr<ListeningSockets> sockets = OpenListeningSockets(address_);
  if (!sockets.ok()) return sockets.status();
  const MutexLock lock(mutex_);
  listeners_ = std::move(sockets->descriptors);
  port_ = sockets->port;
  unavailable_addresses_ = std::move(sockets->unavailable);
  return absl::OkStatus();
}

AcceptLoop::~AcceptLoop() {
  End();
  if (wake_ >= 0) close(wake_);
}

void AcceptLoop::Start(HandOver hand_over, Look look) {
  hand_over_ = std::move(hand_over);
  look_ = std::move(look);
  {
    const MutexLock lock(mutex_);
    for (const int listener : listeners_)
      WatchDescriptor(connections_->epoll(), EPOLL_CTL_ADD, listener, EPOLLIN, listener);
  }
  thread_ = StartThreadWithoutSignals([this] { Run(); });
}

void AcceptLoop::Wake() {
  woken_ = true;
  eventfd_write(wake_, 1);
}

void AcceptLoop::Stop() {
  {
    const MutexLock lock(mutex_);
    for (const int listener : listeners_) {
      epoll_ctl(connections_->epoll(), EPOLL_CTL_DEL, listener, nullptr);
      close(listener);
    }
    listeners_.clear();
  }
  stopped_ = true;
  Wake();
}

void AcceptLoop::End() {
  ended_ = true;
  Stop();
  if (thread_.joinable()) thread_.join();
}

void AcceptLoop::Run() {
  absl::Time look_at = absl::InfinitePast();
  while (!ended_) {
    absl::Time now = SteadyNow();
    if (woken_.exchange(false) || now >= std::min(look_at, look_for_handshakes_at_)) {
      look_at = now + look_();
      now = SteadyNow();
      // After look_, so that a finished handshake is not closed as late.
      connections_->CloseLate(now);
      connections_->CloseStalled(now);
      look_for_handshakes_at_ = connections_->needs_look() ? now + Tick() : absl::InfiniteFuture();
    }
    if (stopped_) {
      connections_->CloseWaiting();
    } else if (!connections_->BeginHandshakes(hand_over_, now)) {
      Stop();  // the server was shut down, but the listener was not stopped
    }
    SetAccepting(now >= pause_until_);
    Wait(std::min({look_at, look_for_handshakes_at_, accepting_ ? absl::InfiniteFuture() : pause_until_}) - now);
  }
}

absl::Duration AcceptLoop::Tick() const { return connections_->lacks_places() ? kFullTick : kHandshakeTick; }

void AcceptLoop::Wait(absl::Duration at_most) {
  std::array<epoll_event, 64> events = {};
  const auto milliseconds =
      std::clamp<int64_t>(absl::ToInt64Milliseconds(absl::Ceil(at_most, absl::Milliseconds(1))), 0, 60'000);
  const int count = epoll_wait(connections_->epoll(), events.data(), events.size(), static_cast<int>(milliseconds));
  for (int i = 0; i < count && !ended_; ++i) {
    const uint64_t key = events[i].data.u64;
    if (key == static_cast<uint64_t>(wake_)) {
      eventfd_t ignored = 0;
      eventfd_read(wake_, &ignored);
    } else if (!connections_->OnEvents(key, events[i].events)) {
      AcceptFrom(static_cast<int>(key));
    }
  }
}

void AcceptLoop::AcceptFrom(int listener) {
  const MutexLock lock(mutex_);
  if (std::find(listeners_.begin(), listeners_.end(), listener) == listeners_.end()) return;
  const absl::Time now = SteadyNow();
  while (connections_->MakeRoom(now)) {
    const int connection = AboveStandardStreams(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection < 0) {
      const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      if (exhausted) pause_until_ = now + kBreather;
      return;
    }
    connections_->Add(listener, connection, now);
    look_for_handshakes_at_ = std::min(look_for_handshakes_at_, now + Tick());
  }
  pause_until_ = now + kFullTick;
}

void AcceptLoop::SetAccepting(bool accepting) {
  if (accepting == accepting_) return;
  accepting_ = accepting;
  const MutexLock lock(mutex_);
  for (const int listener : listeners_) {
    WatchDescriptor(connections_->epoll(), EPOLL_CTL_MOD, listener, accepting ? uint32_t{EPOLLIN} : 0, listener);
  }
}

}  // namespace pinion
