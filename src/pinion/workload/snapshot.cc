#include "pinion/workload/snapshot.h"

#include <utility>
#include <vector>

#include "pinion/workload/loaders.h"
#include "pinion/workload/next_identity.h"
#include "pinion/workload/policies.h"
#include "pinion/workload/sources.h"

namespace pinion {
namespace {

// Does nothing if there is no such part.
template <typename T>
absl::Status LoadPart(const std::shared_ptr<Source>& source, const typename Reloadable<T>::Load& load,
                      std::shared_ptr<const T>* to) {
  if (source == nullptr) return absl::OkStatus();
  absl::StatusOr<std::shared_ptr<const T>> loaded = Reloadable<T>(source, load).Read();
  if (!loaded.ok()) return loaded.status();
  *to = *std::move(loaded);
  return absl::OkStatus();
}

absl::Status LoadNextIdentity(const Sources& sources, const WorkloadOptions& options,
                              std::shared_ptr<const Identity>* to) {
  Candidate<Identity> read = NextIdentity(sources.next_identity, options).Read();
  *to = std::move(read.value);
  return read.error;
}

absl::Status LoadPolicies(const Sources& sources, const ServerOptions& options, Snapshot* snapshot) {
  Policies policies(sources.policy, sources.shadow_policy, options);
  std::vector<ReloadEvent> news;
  if (absl::Status status = policies.Start({absl::InfinitePast(), &news}); !status.ok()) return status;
  snapshot->policy = policies.policy();
  snapshot->shadow_policy = policies.shadow();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Snapshot> LoadSnapshot(const WorkloadOptions& options) {
  const Sources sources = OpenSources(options);
  Snapshot snapshot;
  absl::Status status =
      LoadPart(sources.identity, IdentityLoader(options.certificate, options.private_key), &snapshot.identity);
  if (status.ok()) status = LoadNextIdentity(sources, options, &snapshot.next_identity);
  if (status.ok()) {
    status =
        LoadPart(sources.server_roots, PeerRootsLoader(kServerRoots, options.server_roots), &snapshot.server_roots);
  }
  if (status.ok()) {
    status =
        LoadPart(sources.client_roots, PeerRootsLoader(kClientRoots, options.client_roots), &snapshot.client_roots);
  }
  // Without CheckReportOnly and CheckFloor, which apply only when a pin set is adopted.
  const Reloadable<PinSet>::Load load_pin_set = [&options](const auto& texts, const auto& /*in_effect*/) {
    return ParsePinSet(options, texts);
  };
  if (status.ok()) status = LoadPart(sources.pin_set, load_pin_set, &snapshot.pin_set);
  if (status.ok() && options.server.has_value()) status = LoadPolicies(sources, *options.server, &snapshot);
  if (!status.ok()) return status;
  MakeVerifiers(options, Snapshot(), &snapshot);
  return snapshot;
}

PinSetFloor FloorOf(const WorkloadOptions& options) {
  return {options.minimum_pin_set_version, options.minimum_fleet_trust_version, options.minimum_revocations_version,
          options.state_dir};
}

void MakeVerifiers(const WorkloadOptions& options, const Snapshot& before, Snapshot* snapshot) {
  snapshot->server_verifier = before.server_verifier;
  snapshot->client_verifier = before.client_verifier;
  const bool has_new_pins = snapshot->pin_set != before.pin_set;
  if (snapshot->server_roots != nullptr && (has_new_pins || snapshot->server_roots != before.server_roots)) {
    // The value for unlisted clients does not affect servers.
    snapshot->server_verifier =
        std::make_shared<const PeerVerifier>(*snapshot->server_roots, snapshot->pin_set, v1::REFUSE);
  }
  if (options.server.has_value() && snapshot->client_roots != nullptr &&
      (has_new_pins || snapshot->client_roots != before.client_roots)) {
    snapshot->client_verifier = std::make_shared<const PeerVerifier>(*snapshot->client_roots, snapshot->pin_set,
                                                                     options.server->unlisted_clients);
  }
}

}  // namespace pinion
