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
};

// A time from `least` to a day, or nothing.
bool IsDuration(const std::string& text, absl::Duration least) {
  absl::Duration duration;
  return text.empty() || (absl::ParseDuration(text, &duration) && duration >= least && duration <= kMaxDuration);
}

// The first thing wrong with the settings themselves: where, and what.
std::pair<const char*, const char*> FindFault(const v1::Config& config, bool is_server) {
  const auto& identity = config.identity();
  if (identity.certificate_file().empty()) return {"identity", "certificate_file is missing"};
  if (identity.private_key_file().empty()) return {"identity", "private_key_file is missing"};
  if (identity.ca_certificate_file().empty()) {
    return {"identity", "ca_certificate_file is missing; the system's CAs are never trusted"};
  }
  if (config.pin_set_file().empty()) return {"", "pin_set_file is missing; without one every host would be refused"};
  if (!config.authorization_policy_file().empty()) {
    return {"authorization_policy_file", "this version enforces no policy; remove the setting"};
  }
  if (!IsDuration(config.refresh_interval(), kMinRefreshInterval)) {
    return {"refresh_interval", "is not a time from 100ms to 24h, such as \"10s\""};
  }
  if (!IsDuration(config.drain_window(), kMinDrainWindow)) {
    return {"drain_window", "is not a time from 1s to 24h, such as \"30s\""};
  }
  if (!is_server && config.client_pins() != v1::CLIENT_PINS_UNSPECIFIED) {
    return {"client_pins", "is a server's setting; remove it"};
  }
  return {nullptr, nullptr};
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
  ServerOptions options = OptionsFrom<ServerOptions>(*std::move(loaded));
  if (client_pins != v1::CLIENT_PINS_UNSPECIFIED) options.client_pins = client_pins;
  return options;
}

}  // namespace pinion
