#include "pinion/workload/options.h"

#include <utility>

#include "pinion/base/file.h"
#include "pinion/identity/peer_roots.h"
#include "pinion/json/strict.h"

namespace pinion {
namespace {

constexpr absl::Duration kMinRefreshInterval = absl::Milliseconds(100);
constexpr absl::Duration kMinHandshakeTimeout = absl::Milliseconds(100);
constexpr absl::Duration kMinDrainWindow = absl::Seconds(1);
constexpr absl::Duration kMinConnectionAge = absl::Seconds(1);
constexpr absl::Duration kMaxDuration = absl::Hours(24);

// A parsed configuration file, and what it names for one side.
struct LoadedConfig {
  v1::Config config;
  ReloadFrom reload_from;
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<const x509::TrustRoots> peer_roots;
  std::shared_ptr<const PinSet> pin_set;
  std::shared_ptr<const AuthorizationPolicy> policy;
  std::shared_ptr<const AuthorizationPolicy> shadow_policy;
};

// A time from `least` to a day, or nothing.
bool IsDuration(const std::string& text, absl::Duration least) {
  absl::Duration duration;
  return text.empty() || (absl::ParseDuration(text, &duration) && duration >= least && duration <= kMaxDuration);
}

// Something wrong: where, and what. Null where nothing is.
using Fault = std::pair<const char*, const char*>;
constexpr Fault kNoFault = {nullptr, nullptr};

Fault FindLimitsFault(const v1::Limits& limits) {
  for (const int32_t number :
       {limits.max_handshakes(), limits.max_connections(), limits.max_connections_per_key(),
        limits.max_streams_per_connection(), limits.max_call_threads(), limits.max_metadata_bytes()}) {
    if (number < 0) return {"server.limits", "has a negative number"};
  }
  if (limits.max_call_threads() != 0 && limits.max_call_threads() < ServerLimits::kLeastCallThreads) {
    return {"server.limits.max_call_threads", "must be at least 16"};
  }
  if (!IsDuration(limits.handshake_timeout(), kMinHandshakeTimeout)) {
    return {"server.limits.handshake_timeout", "is not a time from 100ms to 24h, such as \"10s\""};
  }
  return kNoFault;
}

Fault FindServerFault(const v1::Config& config) {
  if (!config.has_server()) return {"", "server is missing; a server needs a policy and unlisted_clients in it"};
  const v1::Server& server = config.server();
  const bool has_policy = !server.authorization_policy_file().empty();
  const bool allows_all = server.authorization() == v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  if (!has_policy && !allows_all) {
    return {"server",
            "authorization_policy_file is missing; to let every peer that the handshake accepts call everything, write "
            "\"authorization\": \"ALLOW_EVERY_AUTHENTICATED_PEER\""};
  }
  if (has_policy && allows_all) {
    return {"server.authorization", "contradicts authorization_policy_file; remove one of them"};
  }
  if (!has_policy && !server.shadow_policy_file().empty()) {
    return {"server.shadow_policy_file",
            "stands beside no policy; name an authorization_policy_file that allows everything"};
  }
  if (server.unlisted_clients() == v1::UNLISTED_CLIENTS_UNSPECIFIED) {
    return {"server",
            "unlisted_clients is missing; \"REFUSE\" refuses every client whose certificate names no peer of the pin "
            "set, \"ACCEPT\" accepts it without a pin when a CA in client_roots_file issued its certificate"};
  }
  if (!IsDuration(server.max_connection_age(), kMinConnectionAge)) {
    return {"server.max_connection_age", "is not a time from 1s to 24h, such as \"15m\""};
  }
  return FindLimitsFault(server.limits());
}

Fault FindTrustFault(const v1::Config& config, bool is_server) {
  if (is_server && config.trust().client_roots_file().empty()) {
    return {"trust",
            "client_roots_file is missing; it holds the CAs that issue the certificates of clients, and the system's "
            "CAs are never trusted"};
  }
  if (!is_server && config.trust().server_roots_file().empty()) {
    return {"trust",
            "server_roots_file is missing; it holds the CAs that issue the certificates of servers, and the system's "
            "CAs are never trusted"};
  }
  return kNoFault;
}

// The first thing wrong with the settings themselves.
Fault FindFault(const v1::Config& config, bool is_server) {
  const auto& identity = config.identity();
  if (identity.certificate_file().empty()) return {"identity", "certificate_file is missing"};
  if (identity.private_key_file().empty()) return {"identity", "private_key_file is missing"};
  if (const Fault fault = FindTrustFault(config, is_server); fault != kNoFault) return fault;
  if (config.pin_set().file().empty()) return {"pin_set", "file is missing; without a pin set every host is refused"};
  if (!IsDuration(config.refresh_interval(), kMinRefreshInterval)) {
    return {"refresh_interval", "is not a time from 100ms to 24h, such as \"10s\""};
  }
  if (!IsDuration(config.drain_window(), kMinDrainWindow)) {
    return {"drain_window", "is not a time from 1s to 24h, such as \"30s\""};
  }
  return is_server ? FindServerFault(config) : kNoFault;
}

absl::Status LoadPolicies(const std::string& path, LoadedConfig* loaded) {
  ReloadFrom& from = loaded->reload_from;
  const v1::Server& server = loaded->config.server();
  if (server.authorization() == v1::ALLOW_EVERY_AUTHENTICATED_PEER) {
    loaded->policy = AuthorizationPolicy::AllowEveryAuthenticatedPeer();
    return absl::OkStatus();
  }
  from.authorization_policy_file = RelativeTo(path, server.authorization_policy_file());
  absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> policy =
      AuthorizationPolicy::FromFile(from.authorization_policy_file);
  if (!policy.ok()) return policy.status();
  loaded->policy = *std::move(policy);
  if (server.shadow_policy_file().empty()) return absl::OkStatus();
  from.shadow_policy_file = RelativeTo(path, server.shadow_policy_file());
  policy = AuthorizationPolicy::FromFile(from.shadow_policy_file);
  if (!policy.ok()) return policy.status();
  loaded->shadow_policy = *std::move(policy);
  return absl::OkStatus();
}

// The roots of one side: a client never reads the file that judges clients, nor a server that for servers.
absl::Status LoadPeerRoots(const std::string& path, bool is_server, LoadedConfig* loaded) {
  const v1::Trust& trust = loaded->config.trust();
  std::string& file = is_server ? loaded->reload_from.client_roots_file : loaded->reload_from.server_roots_file;
  file = RelativeTo(path, is_server ? trust.client_roots_file() : trust.server_roots_file());
  auto roots = PeerRootsFromFile(is_server ? kClientRoots : kServerRoots, file);
  if (!roots.ok()) return roots.status();
  loaded->peer_roots = *std::move(roots);
  return absl::OkStatus();
}

absl::StatusOr<LoadedConfig> Load(const std::string& path, bool is_server) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  LoadedConfig loaded;
  if (absl::Status status = json::Parse(*text, path, &loaded.config); !status.ok()) return status;
  const auto [where, fault] = FindFault(loaded.config, is_server);
  if (fault != nullptr) return json::ErrorAt(*text, path, where, fault);
  const v1::Identity& files = loaded.config.identity();
  ReloadFrom& from = loaded.reload_from;
  from.config_file = path;
  from.config = std::make_shared<const v1::Config>(loaded.config);
  from.identity = {RelativeTo(path, files.certificate_file()), RelativeTo(path, files.private_key_file())};
  from.pin_set_file = RelativeTo(path, loaded.config.pin_set().file());
  absl::ParseDuration(loaded.config.refresh_interval(),
                      &from.refresh_interval);  // was checked; empty leaves the default
  absl::StatusOr<std::shared_ptr<const Identity>> identity = Identity::FromFiles(from.identity);
  if (!identity.ok()) return identity.status();
  if (absl::Status status = LoadPeerRoots(path, is_server, &loaded); !status.ok()) return status;
  absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = PinSet::FromFile(from.pin_set_file);
  if (!pin_set.ok()) return pin_set.status();
  if (is_server) {
    if (absl::Status status = LoadPolicies(path, &loaded); !status.ok()) return status;
  }
  loaded.identity = *std::move(identity);
  loaded.pin_set = *std::move(pin_set);
  return loaded;
}

// What both kinds of options take from a file.
template <typename Options>
Options OptionsFrom(const LoadedConfig& loaded) {
  Options options;
  options.identity = loaded.identity;
  options.pin_set = loaded.pin_set;
  options.reload_from = loaded.reload_from;
  absl::ParseDuration(loaded.config.drain_window(), &options.drain_window);  // was checked; empty leaves the default
  return options;
}

ServerLimits LimitsFrom(const v1::Limits& from) {
  ServerLimits limits;
  const auto take = [](int32_t number, int* limit) {
    if (number != 0) *limit = number;
  };
  take(from.max_handshakes(), &limits.max_handshakes);
  take(from.max_connections(), &limits.max_connections);
  take(from.max_connections_per_key(), &limits.max_connections_per_key);
  take(from.max_streams_per_connection(), &limits.max_streams_per_connection);
  take(from.max_call_threads(), &limits.max_call_threads);
  take(from.max_metadata_bytes(), &limits.max_metadata_bytes);
  absl::ParseDuration(from.handshake_timeout(), &limits.handshake_timeout);  // was checked; empty leaves the default
  return limits;
}

}  // namespace

absl::StatusOr<ChannelOptions> ChannelOptions::FromFile(const std::string& path) {
  const absl::StatusOr<LoadedConfig> loaded = Load(path, /*is_server=*/false);
  if (!loaded.ok()) return loaded.status();
  auto options = OptionsFrom<ChannelOptions>(*loaded);
  options.server_roots = loaded->peer_roots;
  return options;
}

absl::StatusOr<ServerOptions> ServerOptions::FromFile(const std::string& path) {
  const absl::StatusOr<LoadedConfig> loaded = Load(path, /*is_server=*/true);
  if (!loaded.ok()) return loaded.status();
  auto options = OptionsFrom<ServerOptions>(*loaded);
  options.client_roots = loaded->peer_roots;
  options.unlisted_clients = loaded->config.server().unlisted_clients();
  // Was checked; empty leaves the default.
  absl::ParseDuration(loaded->config.server().max_connection_age(), &options.max_connection_age);
  options.policy = loaded->policy;
  options.shadow_policy = loaded->shadow_policy;
  options.limits = LimitsFrom(loaded->config.server().limits());
  return options;
}

}  // namespace pinion
