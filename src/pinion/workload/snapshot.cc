#include "pinion/workload/snapshot.h"

#include <utility>
#include <vector>

#include "pinion/etcd/etcd_options.h"
#include "pinion/loading/loaders.h"
#include "pinion/loading/sources.h"
#include "pinion/workload/next_identity.h"
#include "pinion/workload/policies.h"

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
  if (options.etcd.has_value()) {
    const absl::StatusOr<Snapshot> to_call_etcd = LoadSnapshot(etcd::OptionsToCallEtcd(options));
    if (!to_call_etcd.ok()) return to_call_etcd.status();
  }
  Sources sources = OpenSources(options);
  Snapshot snapshot;
  absl::Status status =
      LoadPart(sources.identity, IdentityLoader(options.certificate, options.private_key), &snapshot.identity);
  if (status.ok()) status = LoadNextIdentity(sources, options, &snapshot.next_identity);
  // Without CheckReportOnly and CheckFloor, which apply only when a pin set is adopted.
  const Reloadable<PinSet>::Load load_pin_set = [&options](const auto& texts, const auto& /*in_effect*/) {
    return ParsePinSet(options, texts);
  };
  if (status.ok()) status = LoadPart(sources.pin_set, load_pin_set, &snapshot.pin_set);
  sources.documents.Use(snapshot.pin_set);
  if (status.ok()) {
    status =
        LoadPart(sources.server_roots, PeerRootsLoader(kServerRoots, options.server_roots), &snapshot.server_roots);
  }
  if (status.ok()) {
    status =
        LoadPart(sources.client_roots, PeerRootsLoader(kClientRoots, options.client_roots), &snapshot.client_roots);
  }
  if (status.ok() && options.server.has_value()) status = LoadPolicies(sources, *options.server, &snapshot);
  if (!status.ok()) return status;
  MakeVerifiers(options, Snapshot(), &snapshot);
  return snapshot;
}

absl::StatusOr<std::shared_ptr<const PinSet>> LoadShadowPinSet(const WorkloadOptions& options) {
  std::shared_ptr<const PinSet> pin_set;
  absl::Status status = LoadPart(OpenSources(options).shadow_pin_set, ShadowPinSetLoader(options), &pin_set);
  if (!status.ok()) return status;
  return pin_set;
}

void MakeVerifiers(const WorkloadOptions& options, const Snapshot& before, Snapshot* snapshot) {
  const auto remake = [](const auto& roots, const auto& pin_set, const auto& roots_before, const auto& pin_set_before,
                         v1::UnlistedClients unlisted_clients, std::shared_ptr<const PeerVerifier>* verifier) {
    if (roots == roots_before && pin_set == pin_set_before) return;
    verifier->reset();
    if (roots == nullptr || pin_set == nullptr) return;
    *verifier = std::make_shared<const PeerVerifier>(*roots, pin_set, unlisted_clients);
  };
  snapshot->server_verifier = before.server_verifier;
  snapshot->client_verifier = before.client_verifier;
  snapshot->shadow_server_verifier = before.shadow_server_verifier;
  snapshot->shadow_client_verifier = before.shadow_client_verifier;
  // The value for unlisted clients does not affect servers.
  remake(snapshot->server_roots, snapshot->pin_set, before.server_roots, before.pin_set, v1::REFUSE,
         &snapshot->server_verifier);
  remake(snapshot->server_roots, snapshot->shadow_pin_set, before.server_roots, before.shadow_pin_set, v1::REFUSE,
         &snapshot->shadow_server_verifier);
  if (!options.server.has_value()) return;
  remake(snapshot->client_roots, snapshot->pin_set, before.client_roots, before.pin_set,
         options.server->unlisted_clients, &snapshot->client_verifier);
  remake(snapshot->client_roots, snapshot->shadow_pin_set, before.client_roots, before.shadow_pin_set,
         options.server->unlisted_clients, &snapshot->shadow_client_verifier);
}

}  // namespace pinion
