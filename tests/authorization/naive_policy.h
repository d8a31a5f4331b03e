// gRFC A43 read aloud: an evaluator that is slow, has no index and keeps nothing, to hold the real one against.
#ifndef PINION_TESTS_AUTHORIZATION_NAIVE_POLICY_H_
#define PINION_TESTS_AUTHORIZATION_NAIVE_POLICY_H_

#include <string>

#include "pinion/v1/authorization_policy.pb.h"
#include "pinion/v1/recorded_call.pb.h"

namespace pinion {

// The text of A43 and no more, but that "peer:NAME" is a peer.
bool IsAllowedByA43(const v1::AuthorizationPolicy& policy, const v1::RecordedCall& call);

// The same with what policy.h adds: as ToString(Decision) says it.
std::string NaiveOutcome(const v1::AuthorizationPolicy& policy, const v1::RecordedCall& call);

}  // namespace pinion

#endif  // PINION_TESTS_AUTHORIZATION_NAIVE_POLICY_H_
