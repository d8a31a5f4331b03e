// What a workload is made from. Plain structs: fill one in, or read one from a configuration file.
#ifndef PINION_WORKLOAD_OPTIONS_H_
#define PINION_WORKLOAD_OPTIONS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "pinion/data_source.h"
#include "pinion/event_sink.h"
#include "pinion/v1/config.pb.h"

namespace pinion {

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

// Of a workload that serves.
struct ServerOptions {
  // Required: whether a client that the pin set does not list is accepted, with a certificate from one of the client
  // roots and a name, or refused.
  v1::UnlistedClients unlisted_clients = v1::UNLISTED_CLIENTS_UNSPECIFIED;
  // One of these two is required, and the policy is enforced by Listen alone: which peers may call what, as JSON
  // (docs/authorization.md), or ALLOW_EVERY_AUTHENTICATED_PEER.
  DataSource authorization_policy;
  v1::Authorization authorization = v1::AUTHORIZATION_UNSPECIFIED;
  // Evaluated beside the policy and deciding nothing; what it would have decided otherwise is audited. May be empty.
  DataSource shadow_policy;
  // With Listen: after so long, give or take a tenth, a client is asked to open another connection (GOAWAY). Channels
  // of Pinion need no such end, since they renew themselves when a change concerns them. Other clients keep the
  // certificate that they connected with until their connection ends. gRPC 1.51 may lose a call with each connection
  // that ends so (docs/reload.md).
  absl::Duration max_connection_age = absl::InfiniteDuration();
  ServerLimits limits;  // with Listen
};

// A configuration file is strict JSON with // comments (proto/pinion/v1/config.proto):
//   {
//     "identity": {"certificate_file": "…", "private_key_file": "…"},
//     "trust": {"server_roots_file": "…", "client_roots_file": "…"},
//     "pin_set": {"file": "…"},
//     "server": {"authorization_policy_file": "…", "unlisted_clients": "REFUSE"}
//   }
// A process that calls needs "server_roots_file", one that serves "client_roots_file" and "server", which may have
// "limits". May also have "refresh_interval" ("10s") and "drain_window" ("30s"). Relative paths are relative to the
// file.
struct WorkloadOptions {
  // Required. Our certificate first, then its intermediates, and the certificate's key, unencrypted; all PEM.
  DataSource certificate;
  DataSource private_key;
  // Required to call: the only CAs that are trusted to have issued servers' certificates. The system's CAs never are.
  DataSource server_roots;
  // Required to serve: the same for clients' certificates.
  DataSource client_roots;
  // Required. A host that is not in it is refused.
  DataSource pin_set;
  // Required to serve.
  std::optional<ServerOptions> server;

  // How often files are read again, besides at each change that the system reports; for file systems that report none.
  absl::Duration refresh_interval = absl::Seconds(10);
  // How long a connection to a peer that is no longer accepted may last, unless its key was revoked. With CreateChannel
  // and Listen.
  absl::Duration drain_window = absl::Seconds(30);
  // Gets each handshake, each reload and what ends soon (a workload of texts alone looks for that at Reload); may be
  // null. Kept for as long as the workload, its channels, its credentials or its servers live. The only place where a
  // refused client's reason shows.
  std::shared_ptr<EventSink> events;
  // The time that certificates and pins are judged at. For tests; must be callable from any thread.
  std::function<absl::Time()> clock = absl::Now;

  // The configuration file that FromFile read, and what it said. A running process applies no edit of it, and reports
  // each. Empty where there is none.
  std::string config_file;
  std::string config_text;

  // Reads and checks the configuration file, none of the files that it names: Workload::Create does. The error says
  // where, what, and what to do.
  static absl::StatusOr<WorkloadOptions> FromFile(const std::string& path);
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_OPTIONS_H_
