#include "pinion/options/check_options.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/fleet/document.h"

namespace pinion {
namespace {

constexpr absl::Duration kLongestExclusion = absl::Hours(24 * 30);

absl::Status Invalid(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("WorkloadOptions: ", text));
}

absl::Status CheckLimits(const ServerLimits& limits) {
  const std::pair<const char*, int> positive[] = {{"max_handshakes", limits.max_handshakes},
                                                  {"max_connections", limits.max_connections},
                                                  {"max_connections_per_key", limits.max_connections_per_key},
                                                  {"max_streams_per_connection", limits.max_streams_per_connection},
                                                  {"max_metadata_bytes", limits.max_metadata_bytes}};
  for (const auto& [name, value] : positive) {
    if (value < 1) return Invalid(absl::StrCat("server.limits.", name, " must be at least 1"));
  }
  if (limits.handshake_timeout <= absl::ZeroDuration()) {
    return Invalid("server.limits.handshake_timeout must be more than 0");
  }
  if (limits.max_call_threads >= ServerLimits::kLeastCallThreads) return absl::OkStatus();
  return Invalid(absl::StrCat("server.limits.max_call_threads must be at least ", ServerLimits::kLeastCallThreads));
}

absl::Status CheckServer(const WorkloadOptions& options) {
  const ServerOptions& server = *options.server;
  if (options.client_roots.empty()) return Invalid("client_roots is missing; a server needs it to verify clients");
  if (server.unlisted_clients != v1::REFUSE && server.unlisted_clients != v1::ACCEPT) {
    return Invalid(
        "server.unlisted_clients is missing; REFUSE refuses every client with a certificate that names no peer of the "
        "pin set, ACCEPT accepts it without a pin when one of client_roots issued its certificate");
  }
  const bool allows_all = server.authorization == v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  if (!allows_all && server.authorization_policy.empty()) {
    return Invalid(
        "server.authorization_policy is missing; set server.authorization to ALLOW_EVERY_AUTHENTICATED_PEER to let "
        "every peer that the handshake accepts call everything");
  }
  if (allows_all && !server.authorization_policy.empty()) {
    return Invalid("server.authorization contradicts server.authorization_policy; remove one of them");
  }
  if (!allows_all && server.authorization != v1::AUTHORIZATION_UNSPECIFIED) {
    return Invalid("server.authorization is not one of the known values");
  }
  if (allows_all && !server.shadow_policy.empty()) {
    return Invalid("server.shadow_policy is set without a policy; give an authorization_policy that allows everything");
  }
  if (server.max_connection_age <= absl::ZeroDuration()) {
    return Invalid("server.max_connection_age must be more than 0");
  }
  return CheckLimits(server.limits);
}

absl::Status CheckAdoption(const WorkloadOptions& options) {
  const AdoptionOptions& adoption = options.adoption;
  if (adoption.exchange != v1::ENABLED && adoption.exchange != v1::DISABLED) {
    return Invalid("adoption.exchange is not one of the known values");
  }
  if (adoption.gate != v1::AUTOMATIC && adoption.gate != v1::MANUAL) {
    return Invalid("adoption.gate is not one of the known values");
  }
  if (adoption.window < absl::Hours(1) || adoption.window > 90 * absl::Hours(24)) {
    return Invalid("adoption.window must be from 1 hour to 90 days");
  }
  for (const AdoptionExclusion& exclusion : adoption.exclude) {
    if (exclusion.until - options.clock() <= kLongestExclusion) continue;
    return Invalid(absl::StrCat("adoption.exclude: until ", FormatRfc3339(exclusion.until),
                                " is more than 30 days ahead; choose an earlier time, and make the processes of \"",
                                Printable(exclusion.peer), "\" accept the next key before it"));
  }
  return absl::OkStatus();
}

// Roots and policies alone may be documents, and of a pin set that is no text.
absl::Status CheckDocumentNames(const WorkloadOptions& options) {
  std::vector<DataSource> may_be = {options.server_roots, options.client_roots};
  if (options.server.has_value()) {
    may_be.insert(may_be.end(), {options.server->authorization_policy, options.server->shadow_policy});
  }
  for (const DataSource& part : may_be) {
    if (!part.is_document()) continue;
    if (!IsDocumentName(part.document())) {
      return Invalid(absl::StrCat("\"", Printable(part.document()), "\" is not the name of a document"));
    }
    if (options.etcd.has_value() || options.pin_set.is_file()) continue;
    return Invalid(
        absl::StrCat("document \"", Printable(part.document()),
                     "\" cannot be found, since pin_set is a text; give a pin file, or the document's text"));
  }
  const EtcdOptions etcd = options.etcd.value_or(EtcdOptions());
  for (const DataSource& part :
       {options.certificate, options.private_key, options.next_certificate, options.next_private_key, options.pin_set,
        options.pin_set_signatures, options.fleet_trust, options.fleet_trust_signatures, options.revocations,
        options.revocations_signatures, options.shadow_pin_set, etcd.certificate, etcd.private_key, etcd.server_roots,
        etcd.pin_set}) {
    if (!part.is_document()) continue;
    return Invalid(absl::StrCat("\"", Printable(part.document()),
                                "\" cannot be a document: only roots and policies can; name a file"));
  }
  return absl::OkStatus();
}

absl::Status CheckPinSet(const WorkloadOptions& options) {
  if (options.pin_set.empty()) return Invalid("pin_set is missing; without it every host is refused");
  const bool is_signed = !options.fleet_trust.empty();
  if (is_signed == options.fleet_trust_signatures.empty() || is_signed == options.pin_set_signatures.empty()) {
    return Invalid(
        "fleet_trust, fleet_trust_signatures and pin_set_signatures belong together; set all of them or none");
  }
  if (options.revocations.empty() != options.revocations_signatures.empty() ||
      (!is_signed && !options.revocations.empty())) {
    return Invalid("revocations and revocations_signatures belong together, and to fleet_trust");
  }
  return absl::OkStatus();
}

absl::Status CheckEtcd(const WorkloadOptions& options) {
  const EtcdOptions& etcd = *options.etcd;
  if (!options.pin_set.empty() || !options.pin_set_signatures.empty() || !options.revocations.empty() ||
      !options.revocations_signatures.empty()) {
    return Invalid("etcd contradicts pin_set, pin_set_signatures and the revocations; remove them");
  }
  if (options.fleet_trust.empty() || options.fleet_trust_signatures.empty()) {
    return Invalid("etcd needs fleet_trust and fleet_trust_signatures, since whoever writes to etcd is not trusted");
  }
  if (etcd.endpoints.empty() || etcd.key.empty() || etcd.server_roots.empty() || etcd.pin_set.empty()) {
    return Invalid("etcd.endpoints, etcd.key, etcd.server_roots and etcd.pin_set are required");
  }
  if (etcd.certificate.empty() != etcd.private_key.empty()) {
    return Invalid("etcd.certificate and etcd.private_key belong together; set both or none");
  }
  if (etcd.instance_key == etcd.key) return Invalid("etcd.instance_key must differ from etcd.key");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOptions(const WorkloadOptions& options) {
  if (!options.clock) return Invalid("clock is missing");
  if (options.certificate.empty()) return Invalid("certificate is missing");
  if (options.private_key.empty()) return Invalid("private_key is missing");
  if (options.next_certificate.empty() != options.next_private_key.empty()) {
    return Invalid("next_certificate and next_private_key belong together; set both or none");
  }
  if (absl::Status status = CheckAdoption(options); !status.ok()) return status;
  if (absl::Status status = options.etcd.has_value() ? CheckEtcd(options) : CheckPinSet(options); !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckDocumentNames(options); !status.ok()) return status;
  if (options.refresh_interval <= absl::ZeroDuration()) return Invalid("refresh_interval must be more than 0");
  if (options.drain_window < absl::ZeroDuration() || options.drain_window > absl::Hours(24)) {
    return Invalid("drain_window must be from 0 to 24 hours");
  }
  if (options.server.has_value()) return CheckServer(options);
  if (!options.client_roots.empty()) return Invalid("client_roots is set, but server is not, so that nothing uses it");
  if (options.server_roots.empty()) {
    return Invalid("neither server_roots, to call, nor server and client_roots, to serve, is set");
  }
  return absl::OkStatus();
}

}  // namespace pinion
