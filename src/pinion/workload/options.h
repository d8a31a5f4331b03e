// What a client or a server is made from. Plain structs: fill one in, or read one from a configuration file.
#ifndef PINION_WORKLOAD_OPTIONS_H_
#define PINION_WORKLOAD_OPTIONS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "pinion/authorization/policy.h"
#include "pinion/connection/last_refusals.h"
#include "pinion/identity/identity.h"
#include "pinion/pin/pin_set.h"
#include "pinion/telemetry/event_sink.h"
#include "pinion/v1/config.pb.h"
#include "pinion/workload/reload_control.h"

namespace pinion {

// A configuration file is strict JSON with // comments (proto/pinion/v1/config.proto):
//   {
//     "identity": {"certificate_file": "…", "private_key_file": "…"},
//     "trust": {"server_roots_file": "…", "client_roots_file": "…"},
//     "pin_set": {"file": "…"},
//     "server": {"authorization_policy_file": "…", "unlisted_clients": "REFUSE"}
//   }
// To call, "server_roots_file" is required; to serve, "client_roots_file" and "server", which may have "limits". May
// also have "refresh_interval" ("10s") and "drain_window" ("30s"). Relative paths are relative to the file, and that to
// the working directory, which must then stay what it is.
struct ChannelOptions {
  // Required. Our certificate and key.
  std::shared_ptr<const Identity> identity;
  // Required. The only CAs that are trusted to have issued servers' certificates: the system's never are.
  std::shared_ptr<const x509::TrustRoots> server_roots;
  // Required. A host that is not in it is refused.
  std::shared_ptr<const PinSet> pin_set;
  // Where these three are to be read again, when their files change; what the files hold is then used instead of them.
  // Empty: never.
  std::optional<ReloadFrom> reload_from;
  // Says how the reloading stands, and forces it. What CreateChannel has read is kept in it, watched, for the next
  // channel; so it must not be owned by `events` or `clock`, which that uses.
  std::shared_ptr<ReloadControl> reload = std::make_shared<ReloadControl>();
  // Told of each handshake and each reload; may be null. Kept for as long as the credentials live, or `reload`.
  std::shared_ptr<EventSink> events;
  // Remembers the last refusal of each host, for calls whose status does not carry it (wait_for_ready). Ask it later.
  std::shared_ptr<LastRefusals> last_refusals = std::make_shared<LastRefusals>();
  // With CreateChannel: how long a connection to a server that is no longer accepted may last, unless its key was
  // revoked.
  absl::Duration drain_window = absl::Seconds(30);
  // The time that certificates and pins are judged at. For tests; must be callable from any thread.
  std::function<absl::Time()> clock = absl::Now;

  // Reads and validates the configuration file and every file it names, which credentials made from the options will
  // watch and reload. The error says which file, where, what, and
  // what to do.
  static absl::StatusOr<ChannelOptions> FromFile(const std::string& path);
};

// What clients may use of a server, with Listen. Each must be at least 1.
struct ServerLimits {
  static constexpr int kLeastCallThreads = 16;

  // Handshakes under way at once, half of them from one source address at most. A connection takes a place once its
  // whole ClientHello has arrived. While others wait for a place, handshakes that keep the server waiting for a second
  // are closed.
  int max_handshakes = 256;
  absl::Duration handshake_timeout = absl::Seconds(10);
  // Connections whose handshake has begun. One costs two descriptors, and 32 descriptors are left to files, so that the
  // process's RLIMIT_NOFILE is a limit, too.
  int max_connections = 10'000;
  // Of these, connections of clients with one key; never more than half of what the descriptors allow.
  int max_connections_per_key = 1'000;
  int max_streams_per_connection = 1000;
  // gRPC's synchronous API occupies a thread a call. Where that many threads are in use, further calls of synchronous
  // services fail with RESOURCE_EXHAUSTED; a grpc::ResourceQuota that the application sets on the builder afterwards
  // takes its place. Services of the callback API need no thread a call.
  int max_call_threads = 2'000;
  int max_metadata_bytes = 16 * 1024;  // of one call's headers
};

struct ServerOptions {
  std::shared_ptr<const Identity> identity;  // as above
  // Required. The only CAs that are trusted to have issued clients' certificates.
  std::shared_ptr<const x509::TrustRoots> client_roots;
  std::shared_ptr<const PinSet> pin_set;                                      // as above
  std::optional<ReloadFrom> reload_from;                                      // as above
  std::shared_ptr<ReloadControl> reload = std::make_shared<ReloadControl>();  // as above
  // Required: whether a client that the pin set does not list is accepted, with a certificate from one of the client
  // roots and a name, or refused.
  v1::UnlistedClients unlisted_clients = v1::UNLISTED_CLIENTS_UNSPECIFIED;
  // With Listen: how long a connection may last from a client that is no longer accepted, unless its key was revoked.
  absl::Duration drain_window = absl::Seconds(30);
  // With Listen: after so long, give or take a tenth, a client is asked to open another connection (GOAWAY). Channels
  // of CreateChannel need no such end, since they renew themselves when a change concerns them. Other clients keep the
  // certificate that they connected with until their connection ends. gRPC 1.51 may lose a call with each connection
  // that ends so (docs/reload.md).
  absl::Duration max_connection_age = absl::InfiniteDuration();
  ServerLimits limits;  // with Listen
  // Required by Listen, and enforced by it alone: which peers may call what.
  // AuthorizationPolicy::AllowEveryAuthenticatedPeer() is one that allows everything to everybody.
  std::shared_ptr<const AuthorizationPolicy> policy;
  // Evaluated beside it and deciding nothing; what it would have decided otherwise is audited. May be null.
  std::shared_ptr<const AuthorizationPolicy> shadow_policy;
  std::shared_ptr<EventSink> events;              // as above; the only place where a refused client's reason shows
  std::function<absl::Time()> clock = absl::Now;  // as above

  static absl::StatusOr<ServerOptions> FromFile(const std::string& path);
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_OPTIONS_H_
