#include "pinion/workload_options.h"

#include <utility>

#include "pinion/base/file.h"
#include "pinion/fleet/file_signatures.h"
#include "pinion/json/strict.h"
#include "pinion/json/timestamp.h"
#include "pinion/options/config_faults.h"

namespace pinion {
namespace {

// A path of the configuration file.
DataSource FileFrom(const std::string& config_file, const std::string& path) {
  return path.empty() ? DataSource() : DataSource::File(RelativeTo(config_file, path));
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
  absl::ParseDuration(from.handshake_timeout(), &limits.handshake_timeout);  // validated; empty leaves the default
  return limits;
}

ServerOptions ServerFrom(const std::string& config_file, const v1::Server& from) {
  ServerOptions server;
  server.unlisted_clients = from.unlisted_clients();
  server.authorization = from.authorization();
  server.authorization_policy = FileFrom(config_file, from.authorization_policy_file());
  server.shadow_policy = FileFrom(config_file, from.shadow_policy_file());
  absl::ParseDuration(from.max_connection_age(), &server.max_connection_age);
  server.limits = LimitsFrom(from.limits());
  return server;
}

AdoptionOptions AdoptionFrom(const std::string& path, const v1::AdoptionSettings& config) {
  AdoptionOptions adoption;
  if (config.exchange() != v1::EXCHANGE_UNSPECIFIED) adoption.exchange = config.exchange();
  absl::ParseDuration(config.window(), &adoption.window);
  if (config.has_census_file()) adoption.census_file = RelativeTo(path, config.census_file());
  if (config.gate() != v1::GATE_UNSPECIFIED) adoption.gate = config.gate();
  for (const std::string& file : config.replica_census_files()) {
    adoption.replica_census_files.push_back(RelativeTo(path, file));
  }
  for (const v1::AdoptionExclusion& exclusion : config.exclude()) {
    adoption.exclude.push_back({exclusion.peer(), json::ToTime(exclusion.until()), exclusion.why()});
  }
  return adoption;
}

EtcdOptions EtcdFrom(const std::string& path, const v1::EtcdPinSet& from) {
  EtcdOptions etcd;
  etcd.endpoints.assign(from.endpoints().begin(), from.endpoints().end());
  etcd.key = from.key();
  etcd.certificate = FileFrom(path, from.identity().certificate_file());
  etcd.private_key = FileFrom(path, from.identity().private_key_file());
  etcd.server_roots = FileFrom(path, from.server_roots_file());
  etcd.pin_set = FileFrom(path, from.pin_file());
  etcd.instance_key = from.instance_key();
  return etcd;
}

void SetPinSet(const std::string& path, const v1::PinSetFile& from, WorkloadOptions* options) {
  options->pin_set = FileFrom(path, from.file());
  if (from.has_etcd()) options->etcd = EtcdFrom(path, from.etcd());
  if (from.has_fleet_trust_file()) {
    options->fleet_trust = FileFrom(path, from.fleet_trust_file());
    options->fleet_trust_signatures = DataSource::File(SignaturesFileOf(options->fleet_trust.file()));
    if (!from.has_etcd()) options->pin_set_signatures = DataSource::File(SignaturesFileOf(options->pin_set.file()));
  }
  if (from.has_revocations_file()) {
    options->revocations = FileFrom(path, from.revocations_file());
    options->revocations_signatures = DataSource::File(SignaturesFileOf(options->revocations.file()));
  }
  const auto set = [](const std::string& document, DataSource* part) {
    if (!document.empty()) *part = DataSource::Document(document);
  };
  set(from.documents().server_roots(), &options->server_roots);
  set(from.documents().client_roots(), &options->client_roots);
  if (options->server.has_value()) {
    set(from.documents().authorization_policy(), &options->server->authorization_policy);
    set(from.documents().shadow_policy(), &options->server->shadow_policy);
  }
  options->shadow_pin_set = FileFrom(path, from.shadow_file());
  options->minimum_pin_set_version = from.minimum_version();
  options->minimum_fleet_trust_version = from.minimum_trust_version();
  options->minimum_revocations_version = from.minimum_revocations_version();
}

}  // namespace

absl::StatusOr<WorkloadOptions> WorkloadOptions::FromFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  v1::Config config;
  if (absl::Status status = json::Parse(*text, path, &config); !status.ok()) return status;
  if (const auto [where, fault] = FindFault(config); fault != nullptr) return json::ErrorAt(*text, path, where, fault);
  WorkloadOptions options;
  options.certificate = FileFrom(path, config.identity().certificate_file());
  options.private_key = FileFrom(path, config.identity().private_key_file());
  options.next_certificate = FileFrom(path, config.next_identity().certificate_file());
  options.next_private_key = FileFrom(path, config.next_identity().private_key_file());
  options.adoption = AdoptionFrom(path, config.adoption());
  options.server_roots = FileFrom(path, config.trust().server_roots_file());
  options.client_roots = FileFrom(path, config.trust().client_roots_file());
  if (config.has_server()) options.server = ServerFrom(path, config.server());
  SetPinSet(path, config.pin_set(), &options);
  // Durations have been validated; an empty one leaves the default.
  absl::ParseDuration(config.refresh_interval(), &options.refresh_interval);
  absl::ParseDuration(config.drain_window(), &options.drain_window);
  if (config.has_state_dir()) options.state_dir = RelativeTo(path, config.state_dir());
  if (config.has_recorded_handshakes_dir()) {
    options.recorded_handshakes_dir = RelativeTo(path, config.recorded_handshakes_dir());
  }
  options.config_file = path;
  options.config_text = *std::move(text);
  return options;
}

}  // namespace pinion
