#include "pinion/prometheus.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/time/clock.h"
#include "pinion/metrics/families.h"

namespace pinion {
namespace {

std::string Text(Side side) { return side == Side::kClient ? "client" : "server"; }
// Peers that are not listed share one value; a listed peer with this name would share it, too.
std::string PeerText(const std::string& peer) { return peer.empty() ? "unlisted" : peer; }

const char* Text(AdoptionState state) {
  switch (state) {
    case AdoptionState::kAccepting:
      return "ACCEPTING";
    case AdoptionState::kBehind:
      return "BEHIND";
    case AdoptionState::kSilent:
      return "SILENT";
    case AdoptionState::kGone:
      return "GONE";
    case AdoptionState::kNeverSeen:
      return "NEVER_SEEN";
    case AdoptionState::kMissing:
      return "MISSING";
    case AdoptionState::kAttested:
      return "ATTESTED";
  }
  return "";
}

void AddHandshakes(const WorkloadMetrics& metrics, Families* families) {
  families->BeginCounter("pinion_handshakes_total", "TLS handshakes, by this process's side, peer and verdict.");
  for (const HandshakeCount& one : metrics.handshakes) {
    families->Add(static_cast<double>(one.count),
                  {{"side", Text(one.side)}, {"peer", PeerText(one.peer)}, {"reason", v1::Reason_Name(one.reason)}});
  }
  families->BeginCounter("pinion_pin_matches_total", "Accepted handshakes, by the state of the pin that matched.");
  for (const PinMatchCount& one : metrics.pin_matches) {
    families->Add(static_cast<double>(one.count),
                  {{"side", Text(one.side)}, {"peer", PeerText(one.peer)}, {"state", v1::PinState_Name(one.state)}});
  }
  families->BeginCounter("pinion_calls_total", "Calls that this server has decided, and the deny rule that decided.");
  for (const CallCount& one : metrics.calls) {
    families->Add(static_cast<double>(one.count),
                  {{"decision", one.allowed ? "allowed" : "denied"}, {"reason", one.reason}, {"rule", one.rule}});
  }
}

void AddConnections(const WorkloadMetrics& metrics, Families* families) {
  families->BeginGauge("pinion_connections", "Live connections.");
  for (const ConnectionCount& one : metrics.connections) {
    families->Add(static_cast<double>(one.count), {{"side", Text(one.side)}, {"peer", PeerText(one.peer)}});
  }
  families->BeginCounter("pinion_connections_closed_total",
                         "Connections of peers that were no longer accepted: closed at once, or drained.");
  for (const ClosedConnectionCount& one : metrics.closed_connections) {
    families->Add(static_cast<double>(one.count), {{"side", Text(one.side)},
                                                   {"reason", v1::Reason_Name(one.reason)},
                                                   {"how", one.closed_immediately ? "at_once" : "drained"}});
  }
}

// Calls `add` with the name and status of each source that there is.
template <typename Add>
void ForEachSource(const WorkloadStatus& status, Add add) {
  add("identity", status.identity);
  add("pin_set", status.pin_set);
  for (const auto& [name, source] : {std::pair("next_identity", &status.next_identity),
                                     {"server_roots", &status.server_roots},
                                     {"client_roots", &status.client_roots},
                                     {"shadow_pin_set", &status.shadow_pin_set},
                                     {"authorization_policy", &status.policy},
                                     {"shadow_policy", &status.shadow_policy},
                                     {"config", &status.config}}) {
    if (source->has_value()) add(name, **source);
  }
}

void AddSources(const WorkloadMetrics& metrics, absl::Time now, Families* families) {
  const WorkloadStatus& status = metrics.status;
  families->BeginCounter("pinion_reloads_total", "Changes of sources, by whether they were adopted.");
  for (const ReloadCount& one : metrics.reloads) {
    families->Add(static_cast<double>(one.count),
                  {{"source", one.source}, {"result", one.adopted ? "adopted" : "rejected"}});
  }
  families->BeginGauge("pinion_source_age_seconds", "Time since the value in effect was adopted.");
  ForEachSource(status, [&](const char* name, const SourceStatus& source) {
    families->Add(absl::ToDoubleSeconds(now - source.adopted_at), {{"source", name}});
  });
  families->BeginGauge("pinion_source_failing_seconds",
                       "Time for which the newest content could not be adopted; 0 if it is in effect.");
  ForEachSource(status, [&](const char* name, const SourceStatus& source) {
    families->Add(source.error.ok() ? 0 : absl::ToDoubleSeconds(now - source.failing_since), {{"source", name}});
  });
  families->BeginGauge("pinion_generation", "The number of the snapshot in effect.");
  families->Add(static_cast<double>(status.generation));
  families->BeginGauge("pinion_pin_set_version", "The version of the pin set in effect.");
  families->Add(static_cast<double>(status.pin_set_version));
  families->BeginGauge("pinion_state_recorded", "0 if the pin set in effect is not recorded in state_dir.");
  families->Add(status.state_error.ok() ? 1 : 0);
  families->AddHistogram("pinion_reload_seconds", "Time from a source's notice of a change until it was in force.",
                         metrics.reload_to_force);
  families->AddHistogram("pinion_reload_close_seconds",
                         "Time from that notice until the last connection with a revoked key was closed.",
                         metrics.reload_to_close);
}

void AddEndings(const WorkloadMetrics& metrics, Families* families) {
  families->BeginGauge("pinion_certificate_expiration_timestamp_seconds", "When the first certificate ends.");
  families->AddTime(metrics.status.certificate_expires, {{"whose", "own"}});
  families->AddTime(metrics.next_certificate_expires, {{"whose", "next"}});
  families->AddTime(metrics.server_roots_expire, {{"whose", "server_roots"}});
  families->AddTime(metrics.client_roots_expire, {{"whose", "client_roots"}});
  families->BeginGauge("pinion_pin_expiration_timestamp_seconds", "When the first pin of a peer ends.");
  for (const PinEnding& one : metrics.pin_endings) families->AddTime(one.ends, {{"peer", one.peer}});
  families->BeginGauge("pinion_pin_set_expiration_timestamp_seconds", "When the pin set in effect expires.");
  families->AddTime(metrics.status.pin_set_expires);
  families->BeginGauge("pinion_unproven_backups",
                       "BACKUP pins without a proof from the last 180 days that their key exists.");
  families->Add(static_cast<double>(metrics.unproven_backups));
}

void AddAdoption(const AdoptionStatus& adoption, Families* families) {
  families->BeginGauge("pinion_adoption_processes", "Processes by what they say about the next identity.");
  std::map<std::tuple<Side, std::string, AdoptionState>, int64_t> counts;
  for (const PeerAdoption& one : adoption.peers) {
    counts[{one.side, one.is_listed ? one.peer : "", one.state}] += one.count;
  }
  for (const auto& [key, count] : counts) {
    families->Add(
        static_cast<double>(count),
        {{"side", Text(std::get<0>(key))}, {"peer", PeerText(std::get<1>(key))}, {"state", Text(std::get<2>(key))}});
  }
  families->BeginGauge("pinion_adoption_blocking", "Processes for which the switch to the next identity waits.");
  families->Add(static_cast<double>(adoption.blocking));
  families->BeginGauge("pinion_adoption_gate", "1 for the state of the switch to the next identity.");
  for (const auto& [gate, name] : {std::pair(AdoptionGate::kManual, "NOT_AUTOMATIC"),
                                   {AdoptionGate::kHeld, "HELD"},
                                   {AdoptionGate::kSettling, "SETTLING"},
                                   {AdoptionGate::kSwitched, "SWITCHED"}}) {
    families->Add(adoption.gate == gate ? 1 : 0, {{"gate", name}});
  }
}

}  // namespace

PrometheusMetrics::PrometheusMetrics(std::shared_ptr<const Workload> workload) : workload_(std::move(workload)) {}

std::vector<prometheus::MetricFamily> PrometheusMetrics::Collect() const {
  const WorkloadMetrics metrics = workload_->Metrics();
  Families families;
  AddHandshakes(metrics, &families);
  AddConnections(metrics, &families);
  AddSources(metrics, absl::Now(), &families);
  AddEndings(metrics, &families);
  if (metrics.status.adoption.has_value()) AddAdoption(*metrics.status.adoption, &families);
  families.BeginCounter("pinion_events_dropped_total",
                        "Events that the application's sink, and calls that the audit, has not received.");
  families.Add(static_cast<double>(metrics.events_lost), {{"kind", "event"}});
  families.Add(static_cast<double>(metrics.audit_lost), {{"kind", "audit"}});
  return families.Take();
}

}  // namespace pinion
