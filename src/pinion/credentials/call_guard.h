// Decides a server's calls by what is in force. Private to credentials/.
#ifndef PINION_CREDENTIALS_CALL_GUARD_H_
#define PINION_CREDENTIALS_CALL_GUARD_H_

#include <memory>
#include <mutex>

#include "pinion/authorization/authorizer.h"
#include "pinion/authorization/call.h"
#include "pinion/credentials/material.h"
#include "pinion/credentials/options.h"
#include "pinion/credentials/peer_gate.h"

namespace pinion {

// Safe to use from any thread.
class CallGuard {
 public:
  // `gate` is what judged the callers.
  CallGuard(std::shared_ptr<Material> material, std::shared_ptr<const PeerGate> gate, const ServerOptions& options);

  // Whether the call may be handed to its handler.
  bool Allow(CallToAuthorize& call);
  // The material has other policies than before: the next call is decided by them.
  void TakePolicies();

 private:
  const std::shared_ptr<Material> material_;
  const std::shared_ptr<const PeerGate> gate_;
  std::mutex taking_;  // so that the later ones stay
  Authorizer authorizer_;
};

}  // namespace pinion

#endif  // PINION_CREDENTIALS_CALL_GUARD_H_
