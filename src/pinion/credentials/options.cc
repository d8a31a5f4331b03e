#include "pinion/credentials/options.h"

#include <utility>

#include "pinion/json/strict.h"
#include "pinion/reload/file.h"

namespace pinion {
namespace {

constexpr absl::Duration kMinRefreshInterval = absl::Milliseconds(100);
constexpr absl::Duration kMinDrainWindow = absl::Seconds(1);
constexpr absl::Duration kMaxDuration = absl::Hours(24);

// A parsed configuration file, and what it names.
struct LoadedConfig {
  v1::Config config;
  ReloadFrom reload_from;
  std::shared_ptr<const Identity> identity;
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

Fault FindServerFault(const v1::Config& config) {
  const bool has_policy = !config.authorization_policy_file().empty();
  const bool allows_all = config.authorization() == v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  if (!has_policy && !allows_all) {
    return {"",
            "authorization_policy_file is missing; to let every peer that the handshake accepts call everything, write "
            "\"authorization\": \"ALLOW_EVERY_AUTHENTICATED_PEER\""};
  }
  if (has_policy && allows_all) return {"authorization", "contradicts authorization_policy_file; remove one of them"};
  if (!has_policy && !config.shadow_policy_file().empty()) {
    return {"shadow_policy_file", "stands beside no policy; name an authorization_policy_file that allows everything"};
  }
  return kNoFault;
}

Fault FindClientFault(const v1::Config& config) {
  static constexpr char kRemove[] = "is a server's setting; remove it";
  if (config.client_pins() != v1::CLIENT_PINS_UNSPECIFIED) return {"client_pins", kRemove};
  if (!config.authorization_policy_file().empty()) return {"authorization_policy_file", kRemove};
  if (!config.shadow_policy_file().empty()) return {"shadow_policy_file", kRemove};
  if (config.authorization() != v1::AUTHORIZATION_UNSPECIFIED) return {"authorization", kRemove};
  return kNoFault;
}

// The first thing wrong with the settings themselves.
Fault FindFault(const v1::Config& config, bool is_server) {
  const auto& identity = config.identity();
  if (identity.certificate_file().empty()) return {"identity", "certificate_file is missing"};
  if (identity.private_key_file().empty()) return {"identity", "private_key_file is missing"};
  if (identity.ca_certificate_file().empty()) {
    return {"identity", "ca_certificate_file is missing; the system's CAs are never trusted"};
  }
  if (config.pin_set_file().empty()) return {"", "pin_set_file is missing; without one every host would be refused"};
  if (!IsDuration(config.refresh_interval(), kMinRefreshInterval)) {
    return {"refresh_interval", "is not a time from 100ms to 24h, such as \"10s\""};
  }
  if (!IsDuration(config.drain_window(), kMinDrainWindow)) {
    return {"drain_window", "is not a time from 1s to 24h, such as \"30s\""};
  }
  return is_server ? FindServerFault(config) : FindClientFault(config);
}

absl::Status LoadPolicies(const v1::Config& config, const std::string& path, LoadedConfig* loaded) {
  ReloadFrom& from = loaded->reload_from;
  if (config.authorization() == v1::ALLOW_EVERY_AUTHENTICATED_PEER) {
    loaded->policy = AuthorizationPolicy::AllowEveryAuthenticatedPeer();
    return absl::OkStatus();
  }
  from.authorization_policy_file = RelativeTo(path, config.authorization_policy_file());
  absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> policy =
      AuthorizationPolicy::FromFile(from.authorization_policy_file);
  if (!policy.ok()) return policy.status();
  loaded->policy = *std::move(policy);
  if (config.shadow_policy_file().empty()) return absl::OkStatus();
  from.shadow_policy_file = RelativeTo(path, config.shadow_policy_file());
  policy = AuthorizationPolicy::FromFile(from.shadow_policy_file);
  if (!policy.ok()) return policy.status();
  loaded->shadow_policy = *std::move(policy);
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
  from.identity = {RelativeTo(path, files.certificate_file()), RelativeTo(path, files.private_key_file()),
                   RelativeTo(path, files.ca_certificate_file())};
  from.pin_set_file = RelativeTo(path, loaded.config.pin_set_file());
  absl::ParseDuration(loaded.config.refresh_interval(),
                      &from.refresh_interval);  // was checked; empty leaves the default
  absl::StatusOr<std::shared_ptr<const Identity>> identity = Identity::FromFiles(from.identity);
  if (!identity.ok()) return identity.status();
  absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = PinSet::FromFile(from.pin_set_file);
  if (!pin_set.ok()) return pin_set.status();
  if (is_server) {
    if (absl::Status status = LoadPolicies(loaded.config, path, &loaded); !status.ok()) return status;
  }
  loaded.identity = *std::move(identity);
  loaded.pin_set = *std::move(pin_set);
  return loaded;
}

// What both kinds of options take from a file.
template <typename Options>
Options OptionsFrom(LoadedConfig&& loaded) {
  Options options;
  options.identity = std::move(loaded.identity);
  options.pin_set = std::move(loaded.pin_set);
  options.reload_from = std::move(loaded.reload_from);
  absl::ParseDuration(loaded.config.drain_window(), &options.drain_window);  // was checked; empty leaves the default
  return options;
}

}  // namespace

absl::StatusOr<ChannelOptions> ChannelOptions::FromFile(const std::string& path) {
  absl::StatusOr<LoadedConfig> loaded = Load(path, /*is_server=*/false);
  if (!loaded.ok()) return loaded.status();
  return OptionsFrom<ChannelOptions>(*std::move(loaded));
}

absl::StatusOr<ServerOptions> ServerOptions::FromFile(const std::string& path) {
  absl::StatusOr<LoadedConfig> loaded = Load(path, /*is_server=*/true);
  if (!loaded.ok()) return loaded.status();
  const v1::ClientPins client_pins = loaded->config.client_pins();
  const std::shared_ptr<const AuthorizationPolicy> policy = loaded->policy;
  const std::shared_ptr<const AuthorizationPolicy> shadow_policy = loaded->shadow_policy;
  ServerOptions options = OptionsFrom<ServerOptions>(*std::move(loaded));
  options.policy = policy;
  options.shadow_policy = shadow_policy;
  if (client_pins != v1::CLIENT_PINS_UNSPECIFIED) options.client_pins = client_pins;
  return options;
}

}  // namespace pinion
