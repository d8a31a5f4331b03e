#include "pinion/options/config_faults.h"

#include <string>

#include "absl/time/time.h"
#include "pinion/fleet/document.h"
#include "pinion/workload_options.h"

namespace pinion {
namespace {

constexpr absl::Duration kMinRefreshInterval = absl::Milliseconds(100);
constexpr absl::Duration kMinHandshakeTimeout = absl::Milliseconds(100);
constexpr absl::Duration kMinDrainWindow = absl::Seconds(1);
constexpr absl::Duration kMinConnectionAge = absl::Seconds(1);
constexpr absl::Duration kMaxDuration = absl::Hours(24);
constexpr absl::Duration kMinAdoptionWindow = absl::Hours(1);
constexpr absl::Duration kMaxAdoptionWindow = absl::Hours(24 * 90);

// Whether the text is empty or a duration from `least` to `most`.
bool IsDuration(const std::string& text, absl::Duration least, absl::Duration most = kMaxDuration) {
  absl::Duration duration;
  return text.empty() || (absl::ParseDuration(text, &duration) && duration >= least && duration <= most);
}

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

Fault FindServerFault(const v1::Server& server, const v1::PinSetDocuments& documents) {
  const bool has_policy = !server.authorization_policy_file().empty() || !documents.authorization_policy().empty();
  const bool allows_all = server.authorization() == v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  if (!has_policy && !allows_all) {
    return {"server",
            "authorization_policy_file is missing; to let every peer that the handshake accepts call everything, write "
            "\"authorization\": \"ALLOW_EVERY_AUTHENTICATED_PEER\""};
  }
  if (has_policy && allows_all) {
    return {"server.authorization", "contradicts authorization_policy_file; remove one of them"};
  }
  if (!has_policy && !(server.shadow_policy_file().empty() && documents.shadow_policy().empty())) {
    return {"server.shadow_policy_file",
            "is set without a policy; name an authorization_policy_file that allows everything"};
  }
  if (server.unlisted_clients() == v1::UNLISTED_CLIENTS_UNSPECIFIED) {
    return {
        "server",
        "unlisted_clients is missing; \"REFUSE\" refuses every client with a certificate that names no peer of the pin "
        "set, \"ACCEPT\" accepts it without a pin when a CA in client_roots_file issued its certificate"};
  }
  if (!IsDuration(server.max_connection_age(), kMinConnectionAge)) {
    return {"server.max_connection_age", "is not a time from 1s to 24h, such as \"15m\""};
  }
  return FindLimitsFault(server.limits());
}

// Of parts that the configuration would otherwise name as files.
Fault FindDocumentFault(const v1::Config& config) {
  const v1::PinSetDocuments& documents = config.pin_set().documents();
  const v1::Server& server = config.server();
  struct Part {
    const char* where;
    const std::string& name;
    const std::string& file;
    const char* contradiction;
  };
  const Part parts[] = {
      {"pin_set.documents.server_roots", documents.server_roots(), config.trust().server_roots_file(),
       "contradicts trust.server_roots_file; remove one of them"},
      {"pin_set.documents.client_roots", documents.client_roots(), config.trust().client_roots_file(),
       "contradicts trust.client_roots_file; remove one of them"},
      {"pin_set.documents.authorization_policy", documents.authorization_policy(), server.authorization_policy_file(),
       "contradicts server.authorization_policy_file; remove one of them"},
      {"pin_set.documents.shadow_policy", documents.shadow_policy(), server.shadow_policy_file(),
       "contradicts server.shadow_policy_file; remove one of them"}};
  for (const Part& part : parts) {
    if (part.name.empty()) continue;
    if (!part.file.empty()) return {part.where, part.contradiction};
    if (!IsDocumentName(part.name)) {
      return {part.where, "is not the name of a document, which is a path below the pin file's folder"};
    }
    if (&part != &parts[0] && !config.has_server()) {
      return {part.where, "is set for a process that does not serve; add \"server\", or remove this line"};
    }
  }
  return kNoFault;
}

Fault FindTrustFault(const v1::Config& config) {
  const v1::Trust& trust = config.trust();
  const v1::PinSetDocuments& documents = config.pin_set().documents();
  if (config.has_server() && trust.client_roots_file().empty() && documents.client_roots().empty()) {
    return {"trust",
            "client_roots_file is missing; it holds the CAs that issue the certificates of clients, and the system's "
            "CAs are never trusted"};
  }
  if (!config.has_server() && trust.server_roots_file().empty() && documents.server_roots().empty()) {
    return {"trust",
            "server_roots_file is missing; it holds the CAs that issue the certificates of servers, and the system's "
            "CAs are never trusted"};
  }
  if (!config.has_server() && !trust.client_roots_file().empty()) {
    return {"trust.client_roots_file",
            "is set for a process that does not serve; add \"server\", with a policy and "
            "unlisted_clients, or remove this line"};
  }
  return kNoFault;
}

Fault FindNextIdentityFault(const v1::Config& config) {
  const v1::Identity& next = config.next_identity();
  if (config.has_next_identity() && next.certificate_file().empty()) {
    return {"next_identity", "certificate_file is missing"};
  }
  if (config.has_next_identity() && next.private_key_file().empty()) {
    return {"next_identity", "private_key_file is missing"};
  }
  if (config.has_next_identity() && next.certificate_file() == config.identity().certificate_file()) {
    return {"next_identity.certificate_file", "is the one of identity, so that there would be nothing to ask about"};
  }
  return kNoFault;
}

Fault FindAdoptionFault(const v1::AdoptionSettings& adoption) {
  if (adoption.has_census_file() && adoption.census_file().empty()) {
    return {"adoption.census_file", "names no file; name one, or remove it"};
  }
  if (!IsDuration(adoption.window(), kMinAdoptionWindow, kMaxAdoptionWindow)) {
    return {"adoption.window", "is not a time from 1h to 2160h, such as \"168h\""};
  }
  if (adoption.gate() == v1::AUTOMATIC && (!adoption.has_census_file() || adoption.exchange() == v1::DISABLED)) {
    return {"adoption.gate", "needs a census_file, which records who was asked, and an exchange; MANUAL needs neither"};
  }
  for (const std::string& file : adoption.replica_census_files()) {
    if (file.empty()) return {"adoption.replica_census_files", "has an entry that names no file"};
    if (file == adoption.census_file()) {
      return {"adoption.replica_census_files", "has this process's own census_file; name those of the others"};
    }
  }
  for (const v1::AdoptionExclusion& exclusion : adoption.exclude()) {
    if (!exclusion.has_peer()) {
      return {"adoption.exclude", "has an entry without a peer; write its name as `pinion census` does"};
    }
    if (!exclusion.has_until()) return {"adoption.exclude", "has an entry without `until`, a time within 30 days"};
    if (exclusion.why().empty()) return {"adoption.exclude", "has an entry without `why`, which is reported each day"};
  }
  return kNoFault;
}

Fault FindEtcdFault(const v1::PinSetFile& pin_set) {
  const v1::EtcdPinSet& etcd = pin_set.etcd();
  if (!pin_set.file().empty()) return {"pin_set.etcd", "contradicts file; remove one of them"};
  if (pin_set.has_revocations_file()) {
    return {"pin_set.revocations_file", "is not read beside etcd, which has the revocations; remove it"};
  }
  if (!pin_set.has_fleet_trust_file()) {
    return {"pin_set",
            "fleet_trust_file is missing; without it, everybody who can write to etcd would decide who is accepted"};
  }
  if (etcd.endpoints().empty()) return {"pin_set.etcd", "endpoints is missing; name HOST:PORT of each member"};
  for (const std::string& endpoint : etcd.endpoints()) {
    if (endpoint.empty()) return {"pin_set.etcd.endpoints", "has an entry that names no member"};
  }
  if (etcd.key().empty()) return {"pin_set.etcd", "key is missing; it is the one that `pinion publish` writes"};
  if (etcd.pin_file().empty()) return {"pin_set.etcd", "pin_file is missing; it has the pins of etcd's own members"};
  if (etcd.server_roots_file().empty()) {
    return {"pin_set.etcd", "server_roots_file is missing; it has the CAs for the certificates of etcd's members"};
  }
  if (etcd.identity().certificate_file().empty() != etcd.identity().private_key_file().empty()) {
    return {"pin_set.etcd.identity", "needs both certificate_file and private_key_file"};
  }
  if (etcd.has_instance_key() && (etcd.instance_key().empty() || etcd.instance_key() == etcd.key())) {
    return {"pin_set.etcd.instance_key", "must be a key of this process's own; name one, or remove it"};
  }
  return kNoFault;
}

Fault FindPinSetFault(const v1::PinSetFile& pin_set) {
  if (!pin_set.has_etcd() && pin_set.file().empty()) {
    return {"pin_set", "file is missing; without a pin set every host is refused"};
  }
  if (pin_set.has_etcd()) {
    if (const Fault fault = FindEtcdFault(pin_set); fault != kNoFault) return fault;
  }
  if (pin_set.minimum_version() < 0) return {"pin_set.minimum_version", "is negative; versions start at 1"};
  if (pin_set.has_fleet_trust_file() && pin_set.fleet_trust_file().empty()) {
    return {"pin_set.fleet_trust_file",
            "names no file, so that the pin set would not be checked; name one, or remove it"};
  }
  if (pin_set.has_revocations_file() && pin_set.revocations_file().empty()) {
    return {"pin_set.revocations_file", "names no file; name one, or remove it"};
  }
  if (pin_set.has_revocations_file() && !pin_set.has_fleet_trust_file()) {
    return {"pin_set.revocations_file", "is set without fleet_trust_file, which names who may revoke"};
  }
  if (pin_set.has_shadow_file() && pin_set.shadow_file().empty()) {
    return {"pin_set.shadow_file", "names no file; name one, or remove it"};
  }
  if (pin_set.has_shadow_file() && pin_set.shadow_file() == pin_set.file()) {
    return {"pin_set.shadow_file",
            "is the pin set itself, so that there would be nothing to compare; name the next one"};
  }
  if (pin_set.minimum_revocations_version() < 0) {
    return {"pin_set.minimum_revocations_version", "is negative; versions start at 1"};
  }
  if (pin_set.minimum_revocations_version() > 0 && !pin_set.has_revocations_file() && !pin_set.has_etcd()) {
    return {"pin_set.minimum_revocations_version", "is set without revocations_file, so that nothing would be adopted"};
  }
  if (pin_set.minimum_trust_version() < 0) return {"pin_set.minimum_trust_version", "is negative; versions start at 1"};
  if (pin_set.minimum_trust_version() > 0 && !pin_set.has_fleet_trust_file()) {
    return {"pin_set.minimum_trust_version", "is set without fleet_trust_file, so that nothing would be adopted"};
  }
  return kNoFault;
}

}  // namespace

Fault FindFault(const v1::Config& config) {
  const auto& identity = config.identity();
  if (identity.certificate_file().empty()) return {"identity", "certificate_file is missing"};
  if (identity.private_key_file().empty()) return {"identity", "private_key_file is missing"};
  if (const Fault fault = FindNextIdentityFault(config); fault != kNoFault) return fault;
  if (const Fault fault = FindAdoptionFault(config.adoption()); fault != kNoFault) return fault;
  if (const Fault fault = FindDocumentFault(config); fault != kNoFault) return fault;
  if (const Fault fault = FindTrustFault(config); fault != kNoFault) return fault;
  if (const Fault fault = FindPinSetFault(config.pin_set()); fault != kNoFault) return fault;
  if (config.has_state_dir() && config.state_dir().empty())
    return {"state_dir", "names no folder; name one, or remove it"};
  if (config.has_recorded_handshakes_dir() && config.recorded_handshakes_dir().empty()) {
    return {"recorded_handshakes_dir", "names no folder; name one, or remove it"};
  }
  if (!IsDuration(config.refresh_interval(), kMinRefreshInterval)) {
    return {"refresh_interval", "is not a time from 100ms to 24h, such as \"10s\""};
  }
  if (!IsDuration(config.drain_window(), kMinDrainWindow)) {
    return {"drain_window", "is not a time from 1s to 24h, such as \"30s\""};
  }
  return config.has_server() ? FindServerFault(config.server(), config.pin_set().documents()) : kNoFault;
}

}  // namespace pinion
