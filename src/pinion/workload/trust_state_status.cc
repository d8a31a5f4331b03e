#include "pinion/base/mutex.h"
#include "pinion/workload/pin_set_status.h"
#include "pinion/workload/trust_state.h"

namespace pinion {

WorkloadStatus TrustState::Status() const {
  WorkloadStatus status = StatusWithoutConnections();
  connections_->AddTo(&status.connections);
  return status;
}

WorkloadStatus TrustState::StatusWithoutConnections() const {
  WorkloadStatus status;
  const MutexLock lock(mutex_);
  status.generation = snapshot_->generation;
  status.identity = identity_.status();
  status.next_identity = next_identity_.status();
  if (snapshot_->PresentsNext()) {
    status.identity.provenance = status.next_identity->provenance;
    status.identity.revision = status.next_identity->revision;
  }
  status.server_roots = StatusOf(server_roots_);
  status.client_roots = StatusOf(client_roots_);
  status.pin_set = pin_set_.status();
  status.shadow_pin_set = StatusOf(shadow_pin_set_);
  status.config = StatusOf(config_);
  status.policy = policies_.policy_status();
  status.shadow_policy = policies_.shadow_status();
  status.state_error = record_status_;
  status.certificate_expires = identity_.in_effect()->certificate().not_after();
  SetPinSet(*pin_set_.in_effect(), options_.clock(), &status);
  return status;
}

}  // namespace pinion
