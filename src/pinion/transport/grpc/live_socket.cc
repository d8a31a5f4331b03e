#include "pinion/transport/live_socket.h"

#include <fcntl.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <numeric>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "pinion/base/socket_address.h"
#include "pinion/transport/grpc/channelz.h"

namespace pinion {
namespace {

using channelz::Member;
using nlohmann::json;

// The default limit of Linux.
constexpr rlim_t kMaxDescriptors = 1 << 20;

// gRPC 1.83 spells the names in camel case, 1.51 with underscores.
const json& MemberEither(const json& object, const char* camel_case, const char* with_underscores) {
  const json& member = Member(object, camel_case);
  return member.is_null() ? Member(object, with_underscores) : member;
}

std::string Decoded(const json& text) {
  std::string bytes;
  return text.is_string() && absl::Base64Unescape(text.get_ref<const std::string&>(), &bytes) ? bytes : "";
}

std::string AddressOf(const json& socket, const char* side) {
  const json& address = MemberEither(Member(socket, side), "tcpipAddress", "tcpip_address");
  const std::string ip = Decoded(MemberEither(address, "ipAddress", "ip_address"));
  return ip.empty() ? "" : SocketAddressText(ip, static_cast<int>(channelz::Number(address, "port")));
}

// The ids behind refs such as {"socketRef": [{"socketId": "7", …}]}.
std::vector<int64_t> Ids(const json& object, const char* refs, const char* key) {
  std::vector<int64_t> ids;
  for (const json& ref : Member(object, refs)) ids.push_back(channelz::Number(ref, key));
  return ids;
}

// The endpoints of a connected TCP socket; empty for other descriptors.
std::optional<Endpoints> EndpointsOf(int descriptor) {
  const std::optional<std::string> local = LocalAddress(descriptor);
  if (!local.has_value()) return std::nullopt;
  const std::optional<std::string> remote = RemoteAddress(descriptor);
  if (!remote.has_value()) return std::nullopt;
  return Endpoints(*local, *remote);
}

std::vector<int> DescriptorsOfProcess() {
  std::vector<int> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    int number = -1;
    if (absl::SimpleAtoi(entry->path().filename().native(), &number)) numbers.push_back(number);
  }
  if (!error) return numbers;
  // No descriptor is left to read that folder with, so all possible numbers are tried.
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  numbers.resize(std::min<rlim_t>(limit.rlim_cur, kMaxDescriptors));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

std::vector<int64_t> Servers() {
  std::vector<int64_t> ids;
  for (;;) {
    const json page = channelz::Take(grpc_channelz_get_servers(ids.empty() ? 0 : ids.back() + 1));
    const size_t before = ids.size();
    for (const json& server : Member(page, "server"))
      ids.push_back(channelz::Number(Member(server, "ref"), "serverId"));
    if (ids.size() == before || Member(page, "end") == true) return ids;
  }
}

std::vector<int64_t> ServerSockets(int64_t server) {
  std::vector<int64_t> all;
  for (;;) {
    const json page =
        channelz::Take(grpc_channelz_get_server_sockets(server, all.empty() ? 0 : all.back() + 1, /*max_results=*/0));
    const std::vector<int64_t> ids = Ids(page, "socketRef", "socketId");
    all.insert(all.end(), ids.begin(), ids.end());
    if (ids.empty() || Member(page, "end") == true) return all;
  }
}

}  // namespace

std::optional<LiveSocket> FindLiveSocket(int64_t id) {
  const json answer = channelz::Take(grpc_channelz_get_socket(id));
  const json& socket = Member(answer, "socket");
  if (!socket.is_object()) return std::nullopt;
  LiveSocket found;
  found.id = id;
  found.endpoints = {AddressOf(socket, "local"), AddressOf(socket, "remote")};
  found.leaf_pem =
      Decoded(MemberEither(Member(Member(socket, "security"), "tls"), "remoteCertificate", "remote_certificate"));
  const json& data = Member(socket, "data");
  found.calls_in_flight = channelz::Number(data, "streamsStarted") - channelz::Number(data, "streamsSucceeded") -
                          channelz::Number(data, "streamsFailed");
  return found;
}

bool IsLiveSocket(int64_t id) {
  char* const answer = grpc_channelz_get_socket(id);
  gpr_free(answer);
  return answer != nullptr;
}

absl::flat_hash_map<Endpoints, int64_t> ServersCallsInFlight() {
  absl::flat_hash_map<Endpoints, int64_t> calls;
  for (const int64_t server : Servers()) {
    for (const int64_t id : ServerSockets(server)) {
      const std::optional<LiveSocket> socket = FindLiveSocket(id);
      if (socket.has_value()) calls[socket->endpoints] = socket->calls_in_flight;
    }
  }
  return calls;
}

std::vector<int64_t> ChannelSockets(int64_t channel_id) {
  std::vector<int64_t> all;
  const json answer = channelz::Take(grpc_channelz_get_channel(channel_id));
  for (const int64_t subchannel : Ids(Member(answer, "channel"), "subchannelRef", "subchannelId")) {
    const json found = channelz::Take(grpc_channelz_get_subchannel(subchannel));
    const std::vector<int64_t> ids = Ids(Member(found, "subchannel"), "socketRef", "socketId");
    all.insert(all.end(), ids.begin(), ids.end());
  }
  return all;
}

bool ShutDownConnection(int descriptor, const Endpoints& endpoints) {
  // A descriptor of another file is not copied: closing the copy would release the process's locks on the file.
  if (EndpointsOf(descriptor) != endpoints) return false;
  // The descriptor may be closed and reused at any moment. The copy cannot be, so the connection that is checked is the
  // one that is shut down.
  const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  // A peer that exhausts all descriptors must not prevent the shutdown. If another connection reuses the descriptor at
  // this moment, it is shut down instead and must reconnect.
  if (copy < 0) return errno != EBADF && shutdown(descriptor, SHUT_RDWR) == 0;
  const bool ended = EndpointsOf(copy) == endpoints && shutdown(copy, SHUT_RDWR) == 0;
  close(copy);
  return ended;
}

std::optional<int> SocketCloser::Find(const Endpoints& connection) const {
  const MutexLock lock(mutex_);
  const auto found = last_seen_.find(connection);
  return found == last_seen_.end() ? std::nullopt : std::make_optional(found->second);
}

absl::flat_hash_set<Endpoints> SocketCloser::ShutDown(const absl::flat_hash_set<Endpoints>& connections,
                                                      const OpenedDescriptors& known) {
  absl::flat_hash_set<Endpoints> ended;
  for (const int number : known.latest()) {
    std::optional<Endpoints> endpoints = EndpointsOf(number);
    if (!endpoints.has_value() || !connections.contains(*endpoints)) continue;
    if (ShutDownConnection(number, *endpoints)) ended.insert(*std::move(endpoints));
  }
  if (ended.size() < connections.size()) Search(connections, &ended);
  return ended;
}

void SocketCloser::Search(const absl::flat_hash_set<Endpoints>& connections, absl::flat_hash_set<Endpoints>* ended) {
  for (const Endpoints& connection : connections) {
    const std::optional<int> number = Find(connection);
    if (number.has_value() && ShutDownConnection(*number, connection)) ended->insert(connection);
  }
  if (ended->size() == connections.size()) return;
  Descriptors seen;
  for (const int number : DescriptorsOfProcess()) {
    std::optional<Endpoints> endpoints = EndpointsOf(number);
    if (!endpoints.has_value()) continue;
    if (connections.contains(*endpoints) && ShutDownConnection(number, *endpoints)) ended->insert(*endpoints);
    seen[*std::move(endpoints)] = number;
  }
  const MutexLock lock(mutex_);
  last_seen_ = std::move(seen);
}

absl::flat_hash_set<int64_t> SocketCloser::Close(const EndpointsById& sockets, const OpenedDescriptors& known) {
  absl::flat_hash_set<Endpoints> live;
  absl::flat_hash_set<int64_t> over;
  for (const auto& [id, endpoints] : sockets) {
    if (IsLiveSocket(id)) {
      live.insert(endpoints);
    } else {
      over.insert(id);
    }
  }
  if (live.empty()) return over;
  const absl::flat_hash_set<Endpoints> ended = ShutDown(live, known);
  for (const auto& [id, endpoints] : sockets) {
    if (ended.contains(endpoints)) over.insert(id);
  }
  return over;
}

}  // namespace pinion
