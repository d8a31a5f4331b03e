// Tests gRPC's authorization filter with two in-memory calls before any server starts: the filter must call the decider
// and enforce its decision. Private to authorization/; uses gRPC's public API alone.
#ifndef PINION_TRANSPORT_AUTHORIZATION_FILTER_SELF_TEST_H_
#define PINION_TRANSPORT_AUTHORIZATION_FILTER_SELF_TEST_H_

#include <grpcpp/security/authorization_policy_provider.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "pinion/transport/authorization_filter.h"

namespace pinion {

// The only header of each call of the test; it has a short value.
constexpr char kSelfTestHeader[] = "pinion-self-test";

using MakeProvider =
    std::function<std::shared_ptr<grpc::experimental::AuthorizationPolicyProviderInterface>(DecideCall decide)>;

// Runs one server, without a port, with a provider from `make`, and makes a call that is denied and then one that is
// allowed. Starts no thread. Returns FailedPrecondition if the filter does not call the decider exactly once for each
// call, passes a different path or header than was sent, or does not enforce the decision. Waits at most 5 s for each
// call.
absl::Status TestFilter(const MakeProvider& make);

}  // namespace pinion

#endif  // PINION_TRANSPORT_AUTHORIZATION_FILTER_SELF_TEST_H_
