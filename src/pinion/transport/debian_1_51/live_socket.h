// What gRPC itself knows of its live connections, asked when something changes; it costs a call nothing.
//
// gRPC keeps these books for channelz (gRFC A14), which must be on for the channel or server
// (GRPC_ARG_ENABLE_CHANNELZ). All functions may be called from any thread.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_LIVE_SOCKET_H_
#define PINION_TRANSPORT_DEBIAN_1_51_LIVE_SOCKET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "pinion/base/mutex.h"

namespace pinion {

// Both ends of a TCP connection as "127.0.0.1:4711" and "[::1]:4711": our own, the peer's.
using Endpoints = std::pair<std::string, std::string>;

// By the id of the live socket.
using EndpointsById = absl::flat_hash_map<int64_t, Endpoints>;

// A connection whose handshake is over.
struct LiveSocket {
  int64_t id = 0;  // in this process; later ones have greater ids
  // Empty, as is leaf_pem, where gRPC does not say: such a connection cannot be identified, and must be taken for
  // refused.
  Endpoints endpoints;
  std::string leaf_pem;  // the peer's certificate
  int64_t calls_in_flight = 0;
};

// The connection of that id; empty when it is over.
std::optional<LiveSocket> FindLiveSocket(int64_t id);

// Whether the connection of that id is not over, for less than it costs to find it.
bool IsLiveSocket(int64_t id);

// The servers in this process.
std::vector<int64_t> Servers();

// The connections of a server that are younger than the one with id `after`, nearly oldest first; empty when it is
// gone.
std::vector<int64_t> ServerSockets(int64_t server, int64_t after);

// The connections that a channel (see OpenChannel) would send new calls over; empty when the channel is gone.
std::vector<int64_t> ChannelSockets(int64_t channel_id);

// Ends connections of this process, whatever owns their descriptors, also where descriptors have run out. Remembers
// under which descriptors it saw connections, since thousands of channels end theirs at the same change. Safe to use
// from any thread.
class SocketCloser {
 public:
  // Ends them at once, both ways. Those that it ended.
  absl::flat_hash_set<Endpoints> ShutDown(const absl::flat_hash_set<Endpoints>& connections);
  // The same for live sockets; returns those that are over, whether it ended them or not. The ends of one that was over
  // before may be another connection's by now, which is spared.
  absl::flat_hash_set<int64_t> Close(const EndpointsById& sockets);

 private:
  // The descriptors of connections; only hints, since a descriptor may be another's by now.
  using Descriptors = absl::flat_hash_map<Endpoints, int>;

  std::optional<int> Find(const Endpoints& connection) const;

  mutable Mutex mutex_;
  Descriptors last_seen_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_LIVE_SOCKET_H_
