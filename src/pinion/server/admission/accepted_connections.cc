#include "pinion/server/admission/accepted_connections.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/mutex.h"
#include "pinion/base/socket_address.h"
#include "pinion/base/steady_clock.h"
#include "pinion/server/admission/client_hello.h"
#include "pinion/server/admission/connection_socket.h"

namespace pinion {
namespace {

constexpr size_t kMaxRefused = 4096;  // not yet taken by TakeRefused

}  // namespace

AcceptedConnections::AcceptedConnections(Limits limits)
    : limits_(limits), epoll_(AboveStandardStreams(epoll_create1(EPOLL_CLOEXEC))), places_(limits.max_handshakes) {}

AcceptedConnections::~AcceptedConnections() {
  for (auto& [number, connection] : connections_) {
    Release(&connection);
    x509::StopObserving(connection.client_random, connection.observer.get());
  }
  if (epoll_ >= 0) close(epoll_);
}

void AcceptedConnections::Add(int listener, int connection, absl::Time now) {
  const std::optional<std::string> local = LocalAddress(connection);
  const std::optional<std::string> remote = RemoteAddress(connection);
  if (!local.has_value() || !remote.has_value()) {  // already gone
    close(connection);
    return;
  }
  const MutexLock lock(mutex_);
  Connection added;
  added.number = ++last_number_;
  added.descriptor = connection;
  added.listener = listener;
  added.endpoints = Endpoints(*local, *remote);
  added.source = HandshakePlaces::SourceOf(RemoteIp(connection));
  added.accepted = now;
  // An earlier connection with the same endpoints is closed, although its end has not been reported yet.
  if (const auto found = numbers_.find(added.endpoints); found != numbers_.end()) Forget(found->second);
  const int64_t number = added.number;
  numbers_[added.endpoints] = number;
  Count(added, 1);
  connections_.emplace(number, std::move(added));
  unestablished_.insert(number);
  if (IsReserved(connection)) {
    Refuse(number, Why::kTooMany, "the process has no descriptor left for connections");
    return;
  }
  WatchDescriptor(epoll_, EPOLL_CTL_ADD, connection, EPOLLIN | EPOLLRDHUP | EPOLLET, number);
}

bool AcceptedConnections::OnEvents(uint64_t key, uint32_t events) {
  if (key < kFirstNumber) return false;
  const MutexLock lock(mutex_);
  const auto found = connections_.find(static_cast<int64_t>(key));
  if (found == connections_.end()) return true;
  Connection& connection = found->second;
  const bool is_over = (events & (EPOLLHUP | EPOLLERR)) != 0;
  if (connection.stage < Stage::kHandshake) {
    OnArrival(&connection, events);
  } else if (connection.stage == Stage::kHandshake && is_over) {
    OnHandshakeEnd(connection);
    Forget(connection.number);
  } else if ((events & EPOLLRDHUP) != 0) {
    connection.peer_left = true;
  }
  return true;
}

void AcceptedConnections::OnArrival(Connection* connection, uint32_t events) {
  const size_t arrived = UnreadBytes(connection->descriptor);
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    // Health checks and port scans connect without sending anything; no handshake began.
    if (arrived > 0) Report(RefusedConnection{Why::kAbandoned, connection->endpoints.second, "", connection->source});
    Forget(connection->number);
    return;
  }
  if (connection->stage != Stage::kArriving || arrived < connection->awaited_bytes) return;
  std::array<char, kMostHelloBytes> buffer{};
  const ssize_t count = recv(connection->descriptor, buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
  const absl::string_view bytes(buffer.data(), std::max<ssize_t>(0, count));
  const FirstBytes first = LookAtFirstBytes(bytes);
  if (first.kind == FirstBytes::Kind::kNotTls) {
    Refuse(connection->number, Why::kNotTls, DescribeNotTls(bytes));
  } else if (first.kind == FirstBytes::Kind::kIncomplete) {
    connection->awaited_bytes = first.needed;
  } else {
    connection->offers_http2 = OffersHttp2(bytes).value_or(true);
    connection->client_random = ClientRandom(bytes);
    if (connection->client_random.empty()) {
      Refuse(connection->number, Why::kUnusableHello, "has a random of zeros, or none in its first record");
      return;
    }
    SetStage(connection, Stage::kReady);
  }
}

void AcceptedConnections::Report(RefusedConnection refused) {
  if (refused_.size() < kMaxRefused) refused_.push_back(std::move(refused));
}

bool AcceptedConnections::BeginHandshakes(const HandOver& hand_over, absl::Time now) {
  {
    const MutexLock lock(mutex_);
    RetryRepeated();
  }
  for (;;) {
    int64_t next = -1;
    {
      const MutexLock lock(mutex_);
      next = NextReady(now);
    }
    if (next < 0) return true;
    if (!HandOverOne(next, hand_over, now)) return false;
  }
}

bool AcceptedConnections::TakePlace(Connection* connection, absl::Time now) {
  connection->observer = MakeObserver(connection->number);
  if (!x509::ObserveHandshake(connection->client_random, connection->observer)) {
    // A scanner sends one ClientHello on connections in succession, and the end of the earlier one is noticed late.
    SetStage(connection, Stage::kRepeated);
    return false;
  }
  const size_t with_grpc = CountOf(Stage::kHandshake) + CountOf(Stage::kEstablished);
  if (with_grpc >= static_cast<size_t>(limits_.max_connections)) {
    Refuse(connection->number, Why::kTooMany,
           absl::StrCat("the server has ", with_grpc, " connections, its max_connections"));
    return false;
  }
  const int grpcs = fcntl(connection->descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (grpcs < 0 || IsReserved(grpcs)) {
    if (grpcs >= 0) close(grpcs);
    Refuse(connection->number, Why::kTooMany, "the process has no descriptor left for connections");
    return false;
  }
  SetStage(connection, Stage::kHandshake);
  connection->begun = now;
  connection->grpcs = grpcs;
  // The end of the connection is always reported.
  WatchDescriptor(epoll_, EPOLL_CTL_MOD, connection->descriptor, EPOLLRDHUP | EPOLLET, connection->number);
  return true;
}

bool AcceptedConnections::HandOverOne(int64_t number, const HandOver& hand_over, absl::Time now) {
  int listener = -1;
  int grpcs = -1;
  {
    const MutexLock lock(mutex_);
    Connection& connection = connections_[number];
    if (!TakePlace(&connection, now)) return true;
    listener = connection.listener;
    grpcs = connection.grpcs;
  }
  SetNoDelay(grpcs);
  hand_over(listener, grpcs);
  const MutexLock lock(mutex_);
  const auto found = connections_.find(number);
  const bool is_taken =
      found == connections_.end() || found->second.descriptor < 0 || IsTakenByGrpc(found->second.descriptor);
  if (is_taken) return true;
  // gRPC closes the descriptor of a connection that its peer has reset; the number may then be another file's.
  const bool is_dropped = IsSameSocket(grpcs, found->second.descriptor);
  if (is_dropped) close(grpcs);
  Forget(number);
  return !is_dropped;
}

bool AcceptedConnections::needs_look() const {
  const MutexLock lock(mutex_);
  return !unestablished_.empty() || !ended_handshakes_.empty() || !refused_.empty() || !established_.empty();
}

bool AcceptedConnections::lacks_places() const {
  const MutexLock lock(mutex_);
  return CountOf(Stage::kReady) > 0;
}

void AcceptedConnections::Establish(Connection* connection, absl::Time now) {
  places_.Remember(connection->source, now);
  SetStage(connection, Stage::kEstablished);
  unestablished_.erase(connection->number);
  Release(connection);
  LiveSocket established;
  established.id = connection->number;
  established.endpoints = connection->endpoints;
  established.leaf_pem = connection->leaf_pem;
  established_.push_back(std::move(established));
}

bool AcceptedConnections::IsEstablished(int64_t number) const {
  const MutexLock lock(mutex_);
  const auto found = connections_.find(number);
  return found != connections_.end() && found->second.stage == Stage::kEstablished;
}

bool AcceptedConnections::Close(int64_t number) {
  const MutexLock lock(mutex_);
  const auto found = connections_.find(number);
  if (found == connections_.end() || found->second.stage != Stage::kEstablished) return false;
  if (!ShutDownConnection(found->second.grpcs, found->second.endpoints)) return false;
  SetStage(&found->second, Stage::kClosing);
  return true;
}

int AcceptedConnections::capacity() const {
  return static_cast<int>(std::min<rlim_t>(limits_.max_connections, DescriptorsForConnections()));
}

bool AcceptedConnections::WaitUntilEmpty(absl::Duration at_most) const {
  const MutexLock lock(mutex_);
  const absl::Time end = SteadyNow() + at_most;
  while (!connections_.empty() && emptied_.WaitUntil(mutex_, end)) {
  }
  return connections_.empty();
}

std::vector<int64_t> AcceptedConnections::TakeEnded() {
  const MutexLock lock(mutex_);
  return std::exchange(ended_, {});
}

std::vector<LiveSocket> AcceptedConnections::TakeEstablished() {
  const MutexLock lock(mutex_);
  std::vector<LiveSocket> live;
  for (LiveSocket& socket : std::exchange(established_, {})) {
    if (connections_.contains(socket.id)) live.push_back(std::move(socket));
  }
  return live;
}

std::vector<RefusedConnection> AcceptedConnections::TakeRefused() {
  const MutexLock lock(mutex_);
  return std::exchange(refused_, {});
}

void AcceptedConnections::Refuse(int64_t number, Why why, std::string detail) {
  const Connection& refused = connections_[number];
  Report(RefusedConnection{why, refused.endpoints.second, std::move(detail), refused.source});
  shutdown(refused.descriptor, SHUT_RDWR);  // gRPC's descriptor of it, too
  Forget(number);
}

void AcceptedConnections::SetStage(Connection* connection, Stage stage) {
  Count(*connection, -1);
  connection->stage = stage;
  Count(*connection, 1);
}

void AcceptedConnections::Count(const Connection& connection, int by) {
  counts_[static_cast<size_t>(connection.stage)] += by;
  if (connection.stage < Stage::kHandshake) {
    const auto waiting = waiting_by_.try_emplace(connection.source, 0).first;
    if ((waiting->second += by) == 0) waiting_by_.erase(waiting);
  } else if (connection.stage == Stage::kHandshake) {
    by > 0 ? places_.Begin(connection.source) : places_.End(connection.source);
  }
}

void AcceptedConnections::Release(Connection* connection) {
  if (connection->descriptor < 0) return;
  // gRPC's descriptor may keep the connection open, and epoll would then keep watching it.
  epoll_ctl(epoll_, EPOLL_CTL_DEL, connection->descriptor, nullptr);
  close(std::exchange(connection->descriptor, -1));
}

void AcceptedConnections::Forget(int64_t number) {
  const auto found = connections_.find(number);
  Connection& connection = found->second;
  Release(&connection);
  Count(connection, -1);
  if (connection.stage >= Stage::kEstablished) ended_.push_back(number);
  x509::StopObserving(connection.client_random, connection.observer.get());
  numbers_.erase(connection.endpoints);
  connections_.erase(found);
  unestablished_.erase(number);
  finished_.erase(number);
  if (connections_.empty()) emptied_.NotifyAll();
}

}  // namespace pinion
