// Decides which accepted connections begin their handshakes, and which are closed in favour of others.
#include <algorithm>
#include <utility>
#include <vector>

#include "pinion/base/mutex.h"
#include "pinion/server/admission/accepted_connections.h"
#include "pinion/server/admission/connection_socket.h"

namespace pinion {
namespace {

// The limit of connections that wait for their handshake. At the limit, the oldest connection of the source with the
// most waiting connections is closed, if it has waited for at least kArrival.
constexpr size_t kMaxWaiting = 4096;
constexpr absl::Duration kArrival = absl::Seconds(1);
// If no place is left for others: how long a peer may stall its handshake, and the interval of the checks.
constexpr absl::Duration kStall = absl::Seconds(1);
constexpr absl::Duration kStallTick = absl::Milliseconds(100);
// The connections with a repeated ClientHello that are tried at each look. Each takes time in proportion to all that
// wait.
constexpr int kRetries = 16;

}  // namespace

bool AcceptedConnections::MakeRoom(absl::Time now) {
  const MutexLock lock(mutex_);
  if (waiting() < std::min<size_t>(kMaxWaiting, std::max<size_t>(1, DescriptorsForConnections() / 4))) return true;
  const auto fewer = [](const auto& one, const auto& other) { return one.second < other.second; };
  const std::string& source = std::max_element(waiting_by_.begin(), waiting_by_.end(), fewer)->first;
  int64_t oldest = -1;
  // A connection without a complete ClientHello is closed first.
  std::pair<Stage, int64_t> best(Stage::kHandshake, 0);
  for (const int64_t number : unestablished_) {
    const Connection& connection = connections_[number];
    const std::pair<Stage, int64_t> rank(connection.stage, connection.number);
    if (rank >= best || connection.source != source) continue;
    oldest = number;
    best = rank;
  }
  if (oldest < 0 || now < connections_[oldest].accepted + kArrival) return false;
  Refuse(oldest, Why::kMadeRoom);
  return true;
}

int64_t AcceptedConnections::NextReady(absl::Time now) const {
  int64_t next = -1;
  std::pair<bool, int64_t> best(false, 0);
  if (CountOf(Stage::kReady) == 0) return next;
  for (const int64_t number : unestablished_) {
    const Connection& connection = connections_.at(number);
    if (connection.stage != Stage::kReady || !places_.MayBegin(connection.source, now)) continue;
    // The client of the newest connection is the most likely to be still waiting.
    const std::pair<bool, int64_t> rank(places_.IsKnown(connection.source, now), connection.number);
    if (next < 0 || rank > best) {
      next = number;
      best = rank;
    }
  }
  return next;
}

void AcceptedConnections::RetryRepeated() {
  if (CountOf(Stage::kRepeated) == 0) return;
  int retries = 0;
  for (const int64_t number : unestablished_) {
    Connection& connection = connections_[number];
    if (connection.stage != Stage::kRepeated) continue;
    SetStage(&connection, Stage::kReady);
    if (++retries == kRetries) return;
  }
}

void AcceptedConnections::CloseLate(absl::Time now) {
  const MutexLock lock(mutex_);
  std::vector<int64_t> late;
  for (const int64_t number : unestablished_) {
    if (now >= connections_[number].accepted + limits_.handshake_timeout) late.push_back(number);
  }
  for (const int64_t number : late) {
    if (connections_[number].stage == Stage::kRepeated) {
      Refuse(number, Why::kUnusableHello, "is the one of another live connection");
    } else {
      Refuse(number, Why::kTimedOut);
    }
  }
}

void AcceptedConnections::CloseStalled(absl::Time now) {
  const MutexLock lock(mutex_);
  if (CountOf(Stage::kReady) == 0 || now < look_for_stalled_at_) return;
  look_for_stalled_at_ = now + kStallTick;
  std::vector<int64_t> stalled;
  for (const int64_t number : unestablished_) {
    const Connection& connection = connections_[number];
    // If gRPC has not read the data that arrived, the server is late, not the peer.
    const bool had_time = connection.stage == Stage::kHandshake && now >= connection.begun + kStall;
    if (had_time && UnreadBytes(connection.descriptor) == 0) stalled.push_back(number);
  }
  std::sort(stalled.begin(), stalled.end());
  if (stalled.size() > CountOf(Stage::kReady)) stalled.resize(CountOf(Stage::kReady));
  for (const int64_t number : stalled) Refuse(number, Why::kMadeRoom);
}

void AcceptedConnections::CloseWaiting() {
  const MutexLock lock(mutex_);
  const std::vector<int64_t> all(unestablished_.begin(), unestablished_.end());
  for (const int64_t number : all) {
    if (connections_[number].stage < Stage::kHandshake) Forget(number);
  }
}

}  // namespace pinion
