// Pinion's front door: one process with its identity, its pins, its policy and its connections.
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
#include "pinion/listener.h"
#include "pinion/refusal.h"
#include "pinion/workload_options.h"
#include "pinion/workload_status.h"

namespace pinion {

struct WorkloadParts;

// Everything that a process presents and judges by, read once, watched by one thread, and replaced together: what is in
// effect is always one snapshot, by which handshakes, calls, the audit and the status go. Only what gRPC 1.51 itself
// presents and checks follows about a second later, on ports and on credentials (docs/reload.md).
//
// At the start every part must be valid, and peers with this pin set must accept this process in each role that the
// options give it (to call: server_roots; to serve: server). Later, a pin set is adopted when it is valid; roots, when
// they are valid and handshakes succeed with them; an identity, when it is valid and peers with the pin set would
// accept it. What is not adopted changes nothing, and is reported by an event and the status.
//
// Safe to use from any thread, but not from a signal handler. May be released before its channels, credentials and
// servers, which keep what they need; not within an EventSink. Belongs to the process that made it: a child that was
// forked from it makes its own.
class Workload {
 public:
  // What the configuration file says, without events. To add to it, read WorkloadOptions::FromFile first.
  static absl::StatusOr<std::shared_ptr<Workload>> FromFile(const std::string& path);
  // InvalidArgument when a required option is missing or a part is faulty: says which file, where, what, and what to
  // do. FailedPrecondition when peers would refuse this process.
  static absl::StatusOr<std::shared_ptr<Workload>> Create(WorkloadOptions options);
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // To call. What every generated stub takes: a channel to servers that are accepted as the target's host, over mutual
  // TLS 1.2 or 1.3. It holds its live connections to what is in effect:
  //  - A key that is REVOKED: its connection is closed at once, with the calls and streams on it. The same for a
  //    connection whose host the pin set gives to another peer, of which its key is no pin.
  //  - A server that is no longer accepted for another reason (its pin was removed, a certificate or root has ended):
  //    new calls go to a new connection, within a third of drain_window; what is left on the old one when the window is
  //    over is closed.
  //  - Our own identity was replaced: new calls go to a new connection, which uses it; the old one ends with its calls.
  // A refused connection fails its calls with UNAVAILABLE and the explanation in the status text. Refused and failed
  // connections are tried again soon (200 ms at first, 1.5 s at most), and at once when something changes. Stubs never
  // notice. A call's own authority (ClientContext::set_authority) changes what the server reads, not whom the
  // connection is verified as.
  //
  // `target` is a TCP target: HOST:PORT, dns:///HOST:PORT, ipv4:ADDRESS:PORT, ipv6:[ADDRESS]:PORT, or a list of
  // addresses (ipv4:ADDRESS:PORT,ADDRESS:PORT) with the host to verify in GRPC_ARG_DEFAULT_AUTHORITY. Any other is
  // InvalidArgument, since Pinion could not close its connections. FailedPrecondition for a workload without
  // server_roots. `arguments` as of grpc::CreateCustomChannel; Pinion sets those that it needs, and turns off service
  // configuration from DNS.
  absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> CreateChannel(
      const std::string& target, const grpc::ChannelArguments& arguments = {}) const;

  // To call through gRPC's own channels, where only the line of the credentials changes. Each call re-checks the live
  // connection's certificate against the host it is for, so a pin that is revoked or has ended stops calls at once; the
  // connection itself, and streams on it, last until the server or the application ends them. Each object serves any
  // number of channels.
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials() const;

  // To serve. Adds a port to the builder, with ServerCredentials' protection, ServerLimits, and:
  //  - Each call is decided by the policy before its handler runs, and audited as the policy says. A policy that is
  //    replaced decides the next call.
  //  - Connections of clients whose key is REVOKED are closed at once, with their calls and streams. The same for
  //    clients of a peer that the pin set begins to list, and of which their key is no pin.
  //  - Connections of clients that are no longer accepted for another reason are closed when drain_window is over.
  //  - No other connection ends, unless max_connection_age says so.
  // `address` is "HOST:PORT"; "*" is every address of this machine, and port 0 takes a free one. Connections are
  // accepted from BuildAndStart on.
  //
  // A Listen that fails leaves the builder as it was. One Listen a builder: a second is FailedPrecondition, as are a
  // workload that has no server options, and a gRPC whose authorization filter cannot be trusted. InvalidArgument when
  // the address is none; Unavailable when none of its IP addresses is here, or one is here and cannot be had, such as
  // one whose port is taken.
  absl::StatusOr<std::unique_ptr<Listener>> Listen(grpc::ServerBuilder& builder, const std::string& address) const;

  // To serve through grpc::ServerBuilder::AddListeningPort. For clients that are accepted, on full and resumed
  // handshakes alike. A refused client sees its connection close; the reason is an event. A client whose certificate
  // OpenSSL itself refuses (no path to the roots, expired) is refused earlier and makes no event. Live connections are
  // not judged again. FailedPrecondition for a workload whose policy is another than ALLOW_EVERY_AUTHENTICATED_PEER,
  // which credentials alone cannot enforce. Each object serves any number of ports.
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials() const;

  // What is in effect, and what is wrong with what should be. Changes nothing.
  WorkloadStatus Status() const;
  // Reads everything again now, as on SIGHUP; when it returns, what could be adopted is in effect.
  void Reload();

  // The refusal of a server that stands: set by a refused handshake, gone after an accepted one. `target` as it was
  // given to CreateChannel, or the host alone. Remembers up to 1,024 hosts.
  std::optional<Refusal> LastRefusal(absl::string_view target) const;
  // Why a call to `target` failed, where a refusal is the cause: the one that stands, if `status` is one that a call
  // without a connection ends with, UNAVAILABLE or DEADLINE_EXCEEDED (a call with wait_for_ready). The status's text is
  // not read, since an accepted server can write whatever it likes there.
  std::optional<Refusal> Explain(const grpc::Status& status, absl::string_view target) const;

 private:
  explicit Workload(std::unique_ptr<const WorkloadParts> parts);

  const std::unique_ptr<const WorkloadParts> parts_;
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_H_
