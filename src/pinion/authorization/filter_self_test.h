// Has a server decide two calls in memory, before any real one does: is the filter asked, and does it obey? Private to
// authorization/; uses gRPC's public API alone.
#ifndef PINION_AUTHORIZATION_FILTER_SELF_TEST_H_
#define PINION_AUTHORIZATION_FILTER_SELF_TEST_H_

#include <grpcpp/security/authorization_policy_provider.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "pinion/authorization/grpc_filter.h"

namespace pinion {

// The one header that each call of the test carries, with a short value.
constexpr char kSelfTestHeader[] = "pinion-self-test";

using MakeProvider =
    std::function<std::shared_ptr<grpc::experimental::AuthorizationPolicyProviderInterface>(DecideCall decide)>;

// One server, without a port, behind a provider from `make`; a call that is denied, then one that is allowed. Starts no
// thread. FailedPrecondition when the decider isn't asked exactly once for each, isn't told the path and a header as
// they were sent, or isn't obeyed; waits no longer than five seconds for each.
absl::Status TestFilter(const MakeProvider& make);

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_FILTER_SELF_TEST_H_
