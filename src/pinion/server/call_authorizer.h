// Decides a server's calls by the policies in effect. Private to server/.
#ifndef PINION_SERVER_CALL_AUTHORIZER_H_
#define PINION_SERVER_CALL_AUTHORIZER_H_

#include <memory>

#include "pinion/adoption/workload_parts.h"
#include "pinion/authorization/authorizer.h"
#include "pinion/authorization/call.h"
#include "pinion/base/mutex.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/server/exchange_admission.h"

namespace pinion {

// Safe to use from any thread.
class CallAuthorizer {
 public:
  // `connection_verifier` verified the callers' connections.
  CallAuthorizer(const WorkloadParts& parts, std::shared_ptr<const ConnectionVerifier> connection_verifier);

  // Whether the call may proceed to its handler.
  bool Allow(CallToAuthorize& call);
  // Switches to the current policies of the trust state, from the next call on.
  void TakePolicies();

 private:
  const std::shared_ptr<TrustState> trust_state_;
  const bool offers_exchanges_;
  ExchangeAdmission exchanges_;
  const std::shared_ptr<const ConnectionVerifier> connection_verifier_;
  Mutex taking_;  // serializes TakePolicies, so that the latest policies win
  Authorizer authorizer_;
};

}  // namespace pinion

#endif  // PINION_SERVER_CALL_AUTHORIZER_H_
