// Decides each call before its handler runs, through gRPC's own authorization filter. Debian's packages of gRPC 1.51.1
// have the filter and its setter, but no public way to supply a policy; this file and grpc_metadata.h depend on the
// library's internal layout to do so.
//
//   auto provider = MakeAuthorizationProvider(decide);
//   if (!provider.ok()) return provider.status();
//   builder.experimental().SetAuthorizationPolicyProvider(*provider);
//
// The filter calls the decider for every call on every transport of the server, in-memory transports included: unary,
// streaming, callback, asynchronous and generic services, unknown methods, health and reflection. A denied call never
// reaches its handler, and its client receives PERMISSION_DENIED "Unauthorized RPC request rejected."; the decider
// reports the reason.
//
// What the decider sees: the path, the headers, the URI and DNS SANs and the subject; not the certificate, and not the
// peer's address, which gRPC 1.51.1 does not pass to its filter. The SANs and the subject are gRPC's strings, which end
// at a NUL byte: `good.test\0.evil.test` arrives as `good.test`. They are reliable where the handshake refuses such
// certificates. An in-memory call has no SANs and no subject.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_AUTHORIZATION_AUTHORIZATION_FILTER_H_
#define PINION_TRANSPORT_DEBIAN_1_51_AUTHORIZATION_AUTHORIZATION_FILTER_H_

#include <grpcpp/security/authorization_policy_provider.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/authorization/call.h"

namespace pinion {

// Whether the call may proceed to its handler. May fill in fields of the call that gRPC does not know.
//
// Called concurrently on gRPC's threads. A blocking decider would stall the whole connection of the call; it must not
// block and must not throw. `call.header` finds none of gRPC's own headers, which gRPC cannot always give back: keys
// that begin with ":" or "grpc-", "te" and "grpclb_client_stats"; a rule about one would never match. "host" is the
// authority; a key that ends in "-bin" has its decoded bytes; `content-type` is "application/grpc" whatever was sent;
// of `user-agent` and `lb-token` sent several times only the last value is there. Look at headers last: this gRPC joins
// one that came n times in a time that grows with n², and takes megabytes of headers from a client that never
// acknowledges its settings.
using DecideCall = std::function<bool(CallToAuthorize& call)>;

// A provider for any number of servers. gRPC keeps `decide` until their last connection is gone, which may be a moment
// after the server's destruction, and destroys it on a thread of its own.
//
// InvalidArgument without a decider; as CheckAuthorizationFilter() where gRPC cannot be trusted. Do not serve then.
absl::StatusOr<std::shared_ptr<grpc::experimental::AuthorizationPolicyProviderInterface>> MakeAuthorizationProvider(
    DecideCall decide);

// Whether this process's gRPC is the one that this file was made for, and really decides: the first call looks at the
// version and the layout, and then has a call denied and another allowed, in memory, in a few milliseconds; later calls
// return the same. FailedPrecondition, with what to do, where anything is not as expected. Safe from any thread.
absl::Status CheckAuthorizationFilter();

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_AUTHORIZATION_AUTHORIZATION_FILTER_H_
