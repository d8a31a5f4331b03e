#include "pinion/workload/snapshot.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "pinion/identity/peer_roots.h"
#include "pinion/source/source.h"

namespace pinion {
namespace {

absl::StatusOr<std::string> ReadPart(const DataSource& part) {
  absl::StatusOr<std::vector<std::string>> texts = OpenSource({part})->Read();
  if (!texts.ok()) return texts.status();
  return std::move(texts->front());
}

// *status stays the first error; nothing is loaded after it, nor where there is no such part.
template <typename T, typename Load>
void LoadPart(const DataSource& part, Load load, std::shared_ptr<const T>* to, absl::Status* status) {
  if (part.empty() || !status->ok()) return;
  const absl::StatusOr<std::string> text = ReadPart(part);
  if (!text.ok()) {
    *status = text.status();
    return;
  }
  absl::StatusOr<std::shared_ptr<const T>> loaded = load(*text);
  *status = loaded.status();
  if (loaded.ok()) *to = *std::move(loaded);
}

absl::Status LoadIdentity(const WorkloadOptions& options, std::shared_ptr<const Identity>* to) {
  const auto texts = OpenSource({options.certificate, options.private_key})->Read();
  if (!texts.ok()) return texts.status();
  absl::StatusOr<std::shared_ptr<const Identity>> identity =
      Identity::FromPem({texts->at(0), texts->at(1)}, {options.certificate.file(), options.private_key.file()});
  if (!identity.ok()) return identity.status();
  *to = *std::move(identity);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Snapshot> LoadSnapshot(const WorkloadOptions& options) {
  Snapshot snapshot;
  absl::Status status = LoadIdentity(options, &snapshot.identity);
  for (const auto& [kind, part, to] : {std::tuple{kServerRoots, &options.server_roots, &snapshot.server_roots},
                                       {kClientRoots, &options.client_roots, &snapshot.client_roots}}) {
    const auto load = [name = kind, file = part->file()](const std::string& text) {
      return PeerRootsFromPem(name, text, file);
    };
    LoadPart(*part, load, to, &status);
  }
  const auto load_pin_set = [&](const std::string& text) { return PinSet::FromJson(text, options.pin_set.file()); };
  LoadPart(options.pin_set, load_pin_set, &snapshot.pin_set, &status);
  if (options.server.has_value()) {
    for (const auto& [part, to] : {std::pair{&options.server->authorization_policy, &snapshot.policy},
                                   {&options.server->shadow_policy, &snapshot.shadow_policy}}) {
      const auto load = [file = part->file()](const std::string& text) {
        return AuthorizationPolicy::FromJson(text, file);
      };
      LoadPart(*part, load, to, &status);
    }
  }
  if (!status.ok()) return status;
  if (options.server.has_value() && options.server->authorization == v1::ALLOW_EVERY_AUTHENTICATED_PEER) {
    snapshot.policy = AuthorizationPolicy::AllowEveryAuthenticatedPeer();
  }
  MakeVerifiers(options, Snapshot(), &snapshot);
  return snapshot;
}

void MakeVerifiers(const WorkloadOptions& options, const Snapshot& before, Snapshot* snapshot) {
  snapshot->server_verifier = before.server_verifier;
  snapshot->client_verifier = before.client_verifier;
  const bool has_new_pins = snapshot->pin_set != before.pin_set;
  if (snapshot->server_roots != nullptr && (has_new_pins || snapshot->server_roots != before.server_roots)) {
    // How unlisted clients are treated is nothing to servers.
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
