// Decides each call before its handler runs, through gRPC's own authorization filter. gRPC has the filter and its
// setter, but no public way to decide a call in code; the implementation depends on the library's internal layout to do
// so, which it finds and tests at run time.
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
// The decider receives the path, the headers, the URI and DNS SANs and the subject, but neither the certificate nor the
// peer's address, which gRPC 1.51 does not pass to its filter. The SANs and the subject are gRPC's strings, which end
// at a NUL byte: `good.test\0.evil.test` arrives as `good.test`. They are reliable only if the handshake refuses such
// certificates. An in-memory call has no SANs and no subject.
#ifndef PINION_TRANSPORT_AUTHORIZATION_FILTER_H_
#define PINION_TRANSPORT_AUTHORIZATION_FILTER_H_

#include <grpcpp/security/authorization_policy_provider.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/authorization/call.h"

namespace pinion {

// Returns whether the call may proceed to its handler. May fill in fields of the call that gRPC does not set.
//
// Called concurrently on gRPC's threads. A decider must not block, which would stall the whole connection of the call,
// and must not throw. `call.header` does not find gRPC's own headers, which gRPC cannot always convert back to text:
// keys that begin with ":" or "grpc-", "te" and "grpclb_client_stats"; a rule on one of them would never match. "host"
// is the authority. The value of a key that ends in "-bin" is its decoded bytes. `content-type` is "application/grpc"
// regardless of what was sent. If `user-agent` or `lb-token` is sent several times, only the last value is available.
// Evaluate headers last: this gRPC joins a header that is repeated n times in O(n²) time, and accepts megabytes of
// headers from a client that never acknowledges its settings.
using DecideCall = std::function<bool(CallToAuthorize& call)>;

// Creates a provider for any number of servers. gRPC keeps `decide` until the last connection of the servers is closed,
// which may be shortly after the server's destruction, and destroys it on one of its own threads.
//
// Returns InvalidArgument without a decider, and the error of CheckAuthorizationFilter() if gRPC does not work as
// expected. Do not serve in that case.
absl::StatusOr<std::shared_ptr<grpc::experimental::AuthorizationPolicyProviderInterface>> MakeAuthorizationProvider(
    DecideCall decide);

// Checks that this process uses the gRPC build that the implementation supports, and that its filter enforces
// decisions. The first call checks the version and the layout and then makes two in-memory calls, one denied and one
// allowed, which takes a few milliseconds; later calls return the same result. Returns FailedPrecondition, with the
// next step, if a check fails. Thread-safe.
absl::Status CheckAuthorizationFilter();

}  // namespace pinion

#endif  // PINION_TRANSPORT_AUTHORIZATION_FILTER_H_
