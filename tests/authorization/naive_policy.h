// A literal implementation of gRFC A43: a slow evaluator without an index or a cache, as a reference for the real one.
#ifndef PINION_TESTS_AUTHORIZATION_NAIVE_POLICY_H_
#define PINION_TESTS_AUTHORIZATION_NAIVE_POLICY_H_

#include <string>

#include "pinion/v1/authorization_policy.pb.h"
#include "pinion/v1/recorded_call.pb.h"

namespace pinion {

// Decides by the text of A43 alone, except that "peer:NAME" is a peer.
bool IsAllowedByA43(const v1::AuthorizationPolicy& policy, const v1::RecordedCall& call);

// The decision with the additions of policy.h, in the format of ToString(Decision).
std::string NaiveOutcome(const v1::AuthorizationPolicy& policy, const v1::RecordedCall& call);

}  // namespace pinion

#endif  // PINION_TESTS_AUTHORIZATION_NAIVE_POLICY_H_
