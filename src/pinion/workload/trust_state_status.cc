#include <algorithm>

#include "pinion/base/mutex.h"
#include "pinion/pin/backup_proof.h"
#include "pinion/workload/endings.h"
#include "pinion/workload/pin_set_status.h"
#include "pinion/workload/trust_state.h"

namespace pinion {
namespace {

constexpr size_t kMostEndings = 100;

absl::Time FirstEnd(const std::vector<x509::Certificate>& certificates) {
  absl::Time first = absl::InfiniteFuture();
  for (const x509::Certificate& one : certificates) first = std::min(first, one.not_after());
  return first;
}

void AddEndings(const Snapshot& snapshot, std::vector<EndingStatus>* endings) {
  std::vector<Ending> all = EndingsOf(snapshot);
  const auto last = all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kMostEndings));
  std::partial_sort(all.begin(), last, all.end(), [](const Ending& a, const Ending& b) { return a.ends < b.ends; });
  for (auto one = all.begin(); one != last; ++one) endings->push_back({Describe(*one), one->ends});
}

}  // namespace

WorkloadStatus TrustState::Status() const {
  WorkloadStatus status = StatusWithoutConnections();
  connections_->AddTo(&status.connections);
  AddEndings(*snapshot(), &status.endings);
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
  const x509::Certificate& own = identity_.in_effect()->certificate();
  status.own_names = own.names().uris;
  status.own_names.insert(status.own_names.end(), own.names().dns.begin(), own.names().dns.end());
  status.own_pin = x509::ToPinText(own.spki_digest());
  status.certificate_expires = own.not_after();
  SetPinSet(*pin_set_.in_effect(), options_.clock(), &status);
  return status;
}

void TrustState::AddTo(WorkloadMetrics* metrics) const {
  const absl::Time now = options_.clock();
  metrics->connections = connections_->CountConnected();
  const std::shared_ptr<const Snapshot> in_force = snapshot();
  if (in_force->server_roots != nullptr)
    metrics->server_roots_expire = FirstEnd(in_force->server_roots->certificates());
  if (in_force->client_roots != nullptr)
    metrics->client_roots_expire = FirstEnd(in_force->client_roots->certificates());
  if (in_force->next_identity != nullptr) {
    metrics->next_certificate_expires = in_force->next_identity->certificate().not_after();
  }
  const PinSet& pin_set = *in_force->pin_set;
  for (const Peer& peer : pin_set.peers()) {
    PinEnding first = {peer.name, absl::InfiniteFuture()};
    for (const PeerPin& pin : peer.pins) {
      if (pin_set.HasProofs() && LacksProof(pin_set, pin, now)) ++metrics->unproven_backups;
      if (now >= absl::Time(pin.not_before) && now < absl::Time(pin.not_after)) {
        first.ends = std::min(first.ends, absl::Time(pin.not_after));
      }
    }
    if (first.ends < absl::InfiniteFuture()) metrics->pin_endings.push_back(std::move(first));
  }
}

}  // namespace pinion
