// Finds and closes gRPC's live connections. It is used when the configuration changes and adds no cost to calls.
//
// The data comes from channelz (gRFC A14), which must be enabled for the channel or server (GRPC_ARG_ENABLE_CHANNELZ).
// All functions are thread-safe.
#ifndef PINION_TRANSPORT_LIVE_SOCKET_H_
#define PINION_TRANSPORT_LIVE_SOCKET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "pinion/base/mutex.h"
#include "pinion/transport/opened_descriptors.h"

namespace pinion {

// The local and the remote address of a TCP connection, such as "127.0.0.1:4711" and "[::1]:4711".
using Endpoints = std::pair<std::string, std::string>;

// Keyed by the id of the live socket.
using EndpointsById = absl::flat_hash_map<int64_t, Endpoints>;

// A connection that has completed its handshake.
struct LiveSocket {
  int64_t id = 0;  // of a channel's connection: gRPC's; of a server's: the accept loop's
  // Empty, as is leaf_pem, if gRPC does not report it. Such a connection cannot be identified and must be treated as
  // refused.
  Endpoints endpoints;
  std::string leaf_pem;  // the peer's certificate
  int64_t calls_in_flight = 0;
};

// The connection of a channel with this id; empty if it is closed.
std::optional<LiveSocket> FindLiveSocket(int64_t id);

// Whether the connection with this id is still open. Cheaper than FindLiveSocket.
bool IsLiveSocket(int64_t id);

// The calls in flight on each connection of the servers of this process. Takes time for each connection (see
// docs/grpc-compatibility.md), so it is for reports alone.
absl::flat_hash_map<Endpoints, int64_t> ServersCallsInFlight();

// The ids of the connections that a channel (see ChannelOpener) would use for new calls; empty if the channel is gone.
std::vector<int64_t> ChannelSockets(int64_t channel_id);

// Shuts down a connection in both directions, if `descriptor` still belongs to a connection with these endpoints. Other
// code, such as gRPC, may own the descriptor. Returns false if it is closed or belongs to another connection. If it
// cannot be copied, because no descriptor is free, the connection that has it at that moment is shut down.
bool ShutDownConnection(int descriptor, const Endpoints& endpoints);

// Closes connections of channels, although gRPC owns their descriptors, even if no free descriptor is left. Searches
// all descriptors of the process for a connection whose descriptor is not known, as with gRPC 1.83, and caches what it
// finds, since thousands of channels may close theirs after the same change. Thread-safe.
class SocketCloser {
 public:
  // Shuts them down immediately in both directions. Returns those that it shut down.
  absl::flat_hash_set<Endpoints> ShutDown(const absl::flat_hash_set<Endpoints>& connections,
                                          const OpenedDescriptors& known);
  // The same for live sockets. Returns those that are closed, including those that were closed before. The endpoints of
  // such a socket may have been reused by another connection, which is not closed.
  absl::flat_hash_set<int64_t> Close(const EndpointsById& sockets, const OpenedDescriptors& known);

 private:
  // The descriptors of connections. They are only hints, since a descriptor may have been reused.
  using Descriptors = absl::flat_hash_map<Endpoints, int>;

  std::optional<int> Find(const Endpoints& connection) const;
  // The same as ShutDown, among all descriptors of the process.
  void Search(const absl::flat_hash_set<Endpoints>& connections, absl::flat_hash_set<Endpoints>* ended);

  mutable Mutex mutex_;
  Descriptors last_seen_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_LIVE_SOCKET_H_
