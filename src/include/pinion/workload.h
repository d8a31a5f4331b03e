// The main interface of Pinion: the identity, pins, policy and connections of one process.
//
//   absl::StatusOr<std::shared_ptr<pinion::Workload>> workload = pinion::Workload::FromFile("orders.json");
//   auto channel = (*workload)->CreateChannel("payments.internal:8443");   // to call
//   auto listener = (*workload)->Listen(builder, "0.0.0.0:8443");          // to serve
#ifndef PINION_WORKLOAD_H_
#define PINION_WORKLOAD_H_

#include <grpcpp/impl/channel_interface.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/export.h"
#include "pinion/listener.h"
#include "pinion/refusal.h"
#include "pinion/workload_metrics.h"
#include "pinion/workload_options.h"
#include "pinion/workload_status.h"

namespace pinion {

struct WorkloadParts;

// Holds everything that a process presents to its peers and verifies them with: identity, trust roots, pin set and
// policies. One thread watches the sources, and all parts are replaced together: handshakes, calls, the audit and the
// status always use one consistent snapshot. The exception is what gRPC 1.51 itself presents and checks on ports and
// credentials; it follows about 1 s later (docs/reload.md).
//
// At creation, every part must be valid, and peers with this pin set must accept this process in each role that the
// options configure (to call: server_roots; to serve: server). On a reload, a pin set is adopted if it is valid; roots,
// if they are valid and handshakes succeed with them; an identity, if it is valid and peers with the pin set would
// accept it. A part that is not adopted is reported by an event and by the status; the last good version stays in
// effect.
//
// At exit(), OpenSSL frees its memory while gRPC's threads may still use it, and the process may crash. Where the first
// workload is the process's first use of OpenSSL, it turns this off; other processes should call
// OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) at the beginning of main().
//
// Thread-safe, but must not be used in a signal handler. May be destroyed before its channels, credentials and servers,
// which share ownership of what they need; must not be destroyed within an EventSink. Works only in the process that
// created it: a forked child must create its own workload.
class PINION_EXPORT Workload {
 public:
  // Creates a workload from a configuration file, without an event sink. To set further options, use
  // WorkloadOptions::FromFile and Create.
  static absl::StatusOr<std::shared_ptr<Workload>> FromFile(const std::string& path);
  // Returns InvalidArgument if a required option is missing or a part is invalid; the message contains the file, the
  // position, the problem and the next step. Returns FailedPrecondition if peers would refuse this process.
  static absl::StatusOr<std::shared_ptr<Workload>> Create(WorkloadOptions options);
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // Creates a channel for generated stubs, over mutual TLS 1.2 or 1.3. The channel connects only to servers that are
  // accepted as the target's host. It checks its live connections against the configuration in effect:
  //  - The server's key is REVOKED: the connection is closed immediately, with the calls and streams on it. The same
  //    applies if the pin set assigns the host to another peer and the key is not a pin of that peer.
  //  - The server is no longer accepted for another reason (its pin was removed, or a certificate or root has expired):
  //    new calls move to a new connection within a third of drain_window. The old connection is closed at the end of
  //    the window, with the calls that are left on it.
  //  - The process's own identity was replaced: new calls use a new connection, which presents the new identity. The
  //    old connection is closed when its calls have finished.
  // Calls on a refused connection fail with UNAVAILABLE and the explanation in the status message. The channel retries
  // refused and failed connections after 200 ms at first and 1.5 s at most, and immediately when the configuration in
  // effect changes. Existing stubs remain usable. A call's own authority (ClientContext::set_authority) changes what
  // the server reads, but not the host that the connection is verified for.
  //
  // `target` is a TCP target: HOST:PORT, dns:///HOST:PORT, ipv4:ADDRESS:PORT, ipv6:[ADDRESS]:PORT, or a list of
  // addresses (ipv4:ADDRESS:PORT,ADDRESS:PORT) with the host to verify in GRPC_ARG_DEFAULT_AUTHORITY. Returns
  // InvalidArgument for other targets, since Pinion could not close their connections, and FailedPrecondition for a
  // workload without server_roots. `arguments` are those of grpc::CreateCustomChannel; Pinion sets the arguments that
  // it needs and disables service configuration from DNS.
  absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> CreateChannel(
      const std::string& target, const grpc::ChannelArguments& arguments = {}) const;

  // Returns credentials for gRPC's own channels; an application then changes only the line that creates its
  // credentials. Each call re-checks the live connection's certificate against its host, so new calls fail as soon as a
  // pin is revoked or expires. The connection itself, and the streams on it, stay open until the server or the
  // application closes them. The credentials may be used for any number of channels.
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials() const;

  // Takes part in the exchange about next certificates (docs/adoption.md) on the connections of a channel that was made
  // with ChannelCredentials(), so that its servers do not wait for it as silent, until the channel or the workload is
  // destroyed. `host` is the one that its servers are verified as. Does not make the channel connect. To be called once
  // for each channel. Returns FailedPrecondition for a workload without server_roots, or whose exchange is DISABLED.
  absl::Status ReportAdoption(const std::shared_ptr<grpc::Channel>& channel, const std::string& host) const;

  // Adds a port to the builder. The port has the protection of ServerCredentials and ServerLimits, and in addition:
  //  - The policy decides each call before its handler runs; calls are audited as the policy specifies. A new policy
  //    applies from the next call on.
  //  - Connections of clients with a REVOKED key are closed immediately, with their calls and streams. The same applies
  //    to clients of a newly listed peer if their key is not a pin of that peer.
  //  - Connections of clients that are no longer accepted for another reason are closed at the end of drain_window.
  //  - All other connections stay open, unless they reach max_connection_age.
  // `address` is "HOST:PORT". The host "*" means every address of this machine, and port 0 chooses a free port. The
  // server accepts connections after BuildAndStart.
  //
  // Returns FailedPrecondition on a second call for the same builder, for a workload without server options, and if
  // gRPC's authorization filter does not work as expected. Returns InvalidArgument if `address` cannot be parsed.
  // Returns Unavailable if this machine has none of the host's IP addresses, or has one of them and cannot listen on
  // it, for example because the port is in use. On an error, the builder is unchanged.
  absl::StatusOr<std::unique_ptr<Listener>> Listen(grpc::ServerBuilder& builder, const std::string& address) const;

  // Returns credentials for grpc::ServerBuilder::AddListeningPort. They verify clients on full and resumed handshakes.
  // The connection of a refused client is closed, and an event reports the reason. If OpenSSL itself refuses a client's
  // certificate (no path to the roots, expired), the client is refused earlier and without an event. Live connections
  // are not checked again. Returns FailedPrecondition unless the policy is ALLOW_EVERY_AUTHENTICATED_PEER, since
  // credentials alone cannot enforce another one. The credentials may be used for any number of ports.
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials() const;

  // Returns the configuration in effect, errors in newer configuration, and live connections. Has no side effects.
  WorkloadStatus Status() const;
  // Returns what was counted since this was created. Takes less time than Status(): about 1 ms with 10,000 connections
  // of a server, and 15 us for each channel of a client.
  WorkloadMetrics Metrics() const;
  // OK if peers with the pin set in effect would accept this process now. Otherwise FailedPrecondition, with what they
  // would report: its certificate has ended, say, or its key is no longer among the pins.
  absl::Status CheckReady() const;
  // Reads all sources again, as an application would on SIGHUP. When it returns, every valid change is in effect.
  void Reload();

  // Returns the latest refusal of the server at `target`. A refused handshake sets it, and an accepted handshake clears
  // it. `target` is the target given to CreateChannel, or its host alone. Keeps the refusals of up to 1,024 hosts.
  std::optional<Refusal> LastRefusal(absl::string_view target) const;
  // Returns the refusal that caused a call to `target` to fail: LastRefusal, if the code of `status` is one that a call
  // without a connection fails with, UNAVAILABLE or DEADLINE_EXCEEDED (a call with wait_for_ready). The message of
  // `status` is ignored, since an accepted server can set it to any text.
  std::optional<Refusal> Explain(const grpc::Status& status, absl::string_view target) const;

 private:
  explicit Workload(std::unique_ptr<const WorkloadParts> parts);

  const std::unique_ptr<const WorkloadParts> parts_;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_H_
