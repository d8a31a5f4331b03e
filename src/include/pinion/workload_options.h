// The options of a workload. They are plain structs: fill them in, or read them from a configuration file.
#ifndef PINION_WORKLOAD_OPTIONS_H_
#define PINION_WORKLOAD_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "pinion/data_source.h"
#include "pinion/event_sink.h"
#include "pinion/export.h"
#include "pinion/v1/config.pb.h"

namespace pinion {

// Limits on the resources that clients may use. They apply to servers from Listen. Each must be at least 1.
struct ServerLimits {
  static constexpr int kLeastCallThreads = 16;

  // The number of concurrent handshakes; at most half of them may come from one source address. A connection counts
  // once its complete ClientHello has arrived. At the limit, handshakes that have been waiting for their peer for more
  // than 1 s are closed.
  int max_handshakes = 256;
  absl::Duration handshake_timeout = absl::Seconds(10);
  // The number of connections whose handshake has begun. Each connection uses one descriptor, two until its
  // handshake has ended, and 32 descriptors are reserved for files, so RLIMIT_NOFILE also limits the number of
  // connections.
  int max_connections = 10'000;
  // The number of these connections that clients with the same key may have. It is never more than half of the number
  // that the descriptors allow.
  int max_connections_per_key = 1'000;
  int max_streams_per_connection = 1000;
  // gRPC's synchronous API uses one thread per call. If this number of threads is in use, further calls to synchronous
  // services fail with RESOURCE_EXHAUSTED. A grpc::ResourceQuota that the application sets on the builder after Listen
  // replaces this limit. Services of the callback API do not need a thread per call.
  int max_call_threads = 2'000;
  int max_metadata_bytes = 16 * 1024;  // all headers of one call
};

// The options of a workload that serves.
struct ServerOptions {
  // Required. REFUSE refuses a client that the pin set does not list. ACCEPT accepts it if its certificate has a name
  // and leads to one of the client roots.
  v1::UnlistedClients unlisted_clients = v1::UNLISTED_CLIENTS_UNSPECIFIED;
  // One of these two is required: a policy that defines which peers may call which methods, as JSON
  // (docs/authorization.md), or ALLOW_EVERY_AUTHENTICATED_PEER. Only servers from Listen enforce a policy.
  DataSource authorization_policy;
  v1::Authorization authorization = v1::AUTHORIZATION_UNSPECIFIED;
  // A second policy that is evaluated but not enforced. Calls that it would decide differently are audited. May be
  // empty.
  DataSource shadow_policy;
  // The age, varied by up to 10 %, at which a server from Listen asks a client to open another connection (GOAWAY).
  // Channels of Pinion do not need this limit, since they reconnect when a change affects them. Other clients use the
  // certificate that they connected with until their connection is closed. gRPC 1.51 may lose a call with each
  // connection that is closed in this way (docs/reload.md).
  absl::Duration max_connection_age = absl::InfiniteDuration();
  ServerLimits limits;
};

// Processes of a peer that a rotation does not wait for.
struct AdoptionExclusion {
  // As in PeerAdoption.
  std::string peer;
  absl::Time until;
  std::string why;
};

// The options of the exchange with other processes about the next identity (docs/adoption.md).
struct AdoptionOptions {
  // DISABLED: this process does not ask and does not answer.
  v1::Exchange exchange = v1::ENABLED;
  // How long a process that has left without accepting the next identity is waited for, unless a new one replaces it;
  // from 1 hour to 90 days.
  absl::Duration window = absl::Hours(24 * 7);
  // Where the workload keeps what it knows about other processes (proto/pinion/v1/census.proto), so that a restart does
  // not forget it; written at most every 5 s. Belongs to one process. Empty: it is forgotten.
  std::string census_file;
  // AUTOMATIC: the workload presents its next identity when no process has blocked it for two drain windows. Only with
  // census_file, which records that it has.
  v1::Gate gate = v1::AUTOMATIC;
  // Not more than 30 days ahead.
  std::vector<AdoptionExclusion> exclude;
  // The census_file of each other process of the same peer, such as the other replicas of a service: AUTOMATIC waits
  // for the processes that they know, too, and for each file that is missing or no longer written.
  std::vector<std::string> replica_census_files;
  // This process answers for others of the same peer on its host, which use the same files and take no part, such as
  // clients in other languages (`pinion adoption report`).
  bool attests = false;

  bool SwitchesByItself() const { return exchange == v1::ENABLED && gate == v1::AUTOMATIC && !census_file.empty(); }
};

// Where in etcd the pin set of a fleet is (docs/etcd.md), and how etcd itself is verified.
struct EtcdOptions {
  // HOST:PORT of the members of one cluster. HOST must be in the member's certificate and in `pin_set`.
  std::vector<std::string> endpoints;
  std::string key;
  // What this process presents to etcd. Either both are set or none: then it is WorkloadOptions::certificate.
  DataSource certificate;
  DataSource private_key;
  // The CAs and the pins of the members. The pin set needs no signature.
  DataSource server_roots;
  DataSource pin_set;
  // A key in which the workload writes what it has in effect, after each change, for `pinion fleet status`. Belongs to
  // one process. Empty: it writes nothing.
  std::string instance_key;
};

// A configuration file is strict JSON with // comments (proto/pinion/v1/config.proto):
//   {
//     "identity": {"certificate_file": "…", "private_key_file": "…"},
//     "trust": {"server_roots_file": "…", "client_roots_file": "…"},
//     "pin_set": {"file": "…"},
//     "server": {"authorization_policy_file": "…", "unlisted_clients": "REFUSE"}
//   }
// A process that calls needs "server_roots_file". A process that serves needs "client_roots_file" and "server", which
// may contain "limits". The file may also set "state_dir", "refresh_interval" ("10s") and "drain_window" ("30s").
// Relative paths are relative to the file.
struct WorkloadOptions {
  // Required. The process's own certificate followed by its intermediates, and the certificate's unencrypted private
  // key. Both are PEM.
  DataSource certificate;
  DataSource private_key;
  // The certificate and key that the process is about to use, if there are any: the processes that it is connected to
  // are asked whether they would accept them (WorkloadStatus::adoption). If both are files, they may be missing, which
  // means that there is no next identity. Either both are set or none.
  DataSource next_certificate;
  DataSource next_private_key;
  AdoptionOptions adoption;
  // Required to call. The only CAs that are trusted to issue certificates of servers; the system's CAs are never
  // trusted.
  DataSource server_roots;
  // Required to serve. The only CAs that are trusted to issue certificates of clients.
  DataSource client_roots;
  // Required. A host that is not listed in the pin set is refused.
  DataSource pin_set;
  // If the pin set is signed: the trust file of the fleet (proto/pinion/v1/fleet.proto), its signatures, and the
  // signatures of the pin set. Either all three are set or none. A workload starts with the trust file that it is given
  // or, if state_dir has a record, with one that follows the recorded one. It adopts a pin set that the publishers of
  // the trust file have signed, and a later trust file with the first such pin set.
  DataSource fleet_trust;
  DataSource fleet_trust_signatures;
  DataSource pin_set_signatures;
  // Keys that are refused in addition to what the pin set says (proto/pinion/v1/fleet.proto), and their signatures by
  // the revokers of the trust file. Either both are set, together with fleet_trust, or none.
  DataSource revocations;
  DataSource revocations_signatures;
  // Instead of pin_set, pin_set_signatures and the revocations: all of them are one value in etcd, with the trust file.
  // fleet_trust and fleet_trust_signatures are then required, and only used at a start without a record in state_dir:
  // the trust file in etcd must be that one, or a later version that its root keys have signed. With state_dir, the
  // workload keeps a copy of what it adopts, and starts with it if etcd does not answer within 5 s, or has a value that
  // cannot be adopted.
  std::optional<EtcdOptions> etcd;
  // A second pin set, which judges each handshake and decides nothing: HandshakeEvent::shadow_reason. It needs no
  // signature. A text that is no pin set is reported, and keeps no workload from starting. May be empty.
  DataSource shadow_pin_set;
  // Pin sets of a lower version are not adopted; nor are those that are signed under a trust file of a lower version,
  // or have revocations of a lower version.
  int64_t minimum_pin_set_version = 0;
  int64_t minimum_fleet_trust_version = 0;
  int64_t minimum_revocations_version = 0;
  // Required to serve.
  std::optional<ServerOptions> server;

  // An existing folder in which the workload records the newest pin set that it has adopted, so that a later process
  // does not start with an older one. Create fails if the folder is missing or the record cannot be read. A pin set
  // that cannot be recorded, or not within 200 ms, is adopted all the same, since a revocation must not wait for a
  // disk; WorkloadStatus::state_error reports it until a later reload has recorded it. Processes on one host that read
  // the same pin file may share the folder. Empty: after a restart, a pin set of any version is adopted.
  std::string state_dir;

  // An existing folder in which the workload keeps what its peers present in handshakes, for `pinion rehearse`: at most
  // 10,000 distinct chains and 64 MiB. Belongs to one process. Empty: nothing is recorded.
  std::string recorded_handshakes_dir;

  // How often files are read again in addition to each change that the system reports. This detects changes on file
  // systems that do not report them.
  absl::Duration refresh_interval = absl::Seconds(10);
  // How long a connection to a peer that is no longer accepted may stay open, unless the peer's key was revoked.
  // Applies to CreateChannel and Listen.
  absl::Duration drain_window = absl::Seconds(30);
  // Receives the events of the workload; may be null. The workload, its channels, its credentials and its servers share
  // ownership of the sink. It is the only place where a server reports why it refused a client. A workload that reads
  // no files checks for expiring certificates and pins only when Reload is called.
  std::shared_ptr<EventSink> events;
  // The clock that decides whether certificates and pins are valid. For tests. Must be callable from any thread, as
  // long as a channel, credentials or a server of the workload exists.
  std::function<absl::Time()> clock = absl::Now;

  // The path and the content of the configuration file that FromFile read. A running process does not apply edits of
  // this file, but reports each of them. Empty if there is no such file.
  std::string config_file;
  std::string config_text;

  // Reads and validates the configuration file, but not the files that it names; Workload::Create reads those. The
  // error contains the position, the problem and the next step.
  PINION_EXPORT static absl::StatusOr<WorkloadOptions> FromFile(const std::string& path);
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_OPTIONS_H_
