#include "pinion/status_json.h"

#include "pinion/base/printable.h"
#include "pinion/census/report.h"
#include "pinion/json/printed.h"
#include "pinion/json/timestamp.h"
#include "pinion/v1/status.pb.h"

namespace pinion {
namespace {

void Set(absl::Time time, google::protobuf::Timestamp* timestamp) { *timestamp = json::ToTimestamp(time); }

void Set(const SourceStatus& status, v1::Status::Source* source) {
  source->set_generation(status.generation);
  Set(status.adopted_at, source->mutable_adopted());
  source->set_provenance(Printable(status.provenance));
  source->set_revision(status.revision);
  if (status.error.ok()) return;
  source->set_error(Printable(status.error.message()));
  Set(status.failing_since, source->mutable_failing_since());
}

void SetSources(const WorkloadStatus& status, v1::Status* message) {
  Set(status.identity, message->mutable_identity());
  Set(status.pin_set, message->mutable_pin_set());
  if (status.next_identity.has_value()) Set(*status.next_identity, message->mutable_next_identity());
  if (status.server_roots.has_value()) Set(*status.server_roots, message->mutable_server_roots());
  if (status.client_roots.has_value()) Set(*status.client_roots, message->mutable_client_roots());
  if (status.shadow_pin_set.has_value()) Set(*status.shadow_pin_set, message->mutable_shadow_pin_set());
  if (status.policy.has_value()) Set(*status.policy, message->mutable_authorization_policy());
  if (status.shadow_policy.has_value()) Set(*status.shadow_policy, message->mutable_shadow_policy());
  if (status.config.has_value()) Set(*status.config, message->mutable_config());
}

void Set(const ConnectionStatus& status, v1::Status::Connection* connection) {
  connection->set_address(status.address);
  connection->set_peer(status.peer);
  connection->set_pin(status.presented_pin);
  Set(status.since, connection->mutable_since());
  connection->set_calls_in_flight(status.calls_in_flight);
  connection->set_reason(status.reason);
  connection->set_side(ToProto(status.side));
  connection->set_pin_state(status.pin_state);
}

void Set(const HandshakeEvent& event, v1::Status::Refusal* refusal) {
  Set(event.time, refusal->mutable_last_seen());
  refusal->set_count(event.count);
  refusal->set_side(ToProto(event.side));
  refusal->set_host(Printable(event.host));
  refusal->set_address(event.address);
  refusal->set_peer(event.peer);
  refusal->set_pin(event.presented_pin);
  refusal->set_subject(Printable(event.presented_subject));
  refusal->set_reason(event.reason);
  refusal->set_text(Printable(event.text));
}

}  // namespace

std::string StatusJson(const WorkloadStatus& status, absl::Time now) {
  v1::Status message;
  Set(now, message.mutable_written());
  SetSources(status, &message);
  if (status.adoption.has_value()) *message.mutable_adoption() = ReportOf(*status.adoption);
  message.set_generation(status.generation);
  message.set_pin_set_version(status.pin_set_version);
  message.set_pin_set_signing(status.fleet.has_value() ? v1::Status::SIGNED : v1::Status::UNSIGNED);
  if (status.fleet.has_value()) {
    message.set_fleet(status.fleet->fleet);
    message.set_fleet_epoch(status.fleet->epoch);
    message.set_fleet_trust_version(status.fleet->trust_version);
    message.set_revocations_version(status.fleet->revocations_version);
  }
  message.set_state_error(std::string(status.state_error.message()));
  for (const std::string& name : status.own_names) message.add_own_names(Printable(name));
  message.set_own_pin(status.own_pin);
  Set(status.certificate_expires, message.mutable_certificate_expires());
  if (status.pin_set_expires < absl::InfiniteFuture()) Set(status.pin_set_expires, message.mutable_pin_set_expires());
  if (status.pin_expires < absl::InfiniteFuture()) Set(status.pin_expires, message.mutable_pin_expires());
  for (const ConnectionStatus& connection : status.connections) Set(connection, message.add_connections());
  for (const EndingStatus& one : status.endings) {
    v1::Status::Ending* const ending = message.add_endings();
    ending->set_what(Printable(one.what));
    Set(one.ends, ending->mutable_ends());
  }
  for (const HandshakeEvent& refusal : status.refusals) Set(refusal, message.add_refusals());
  return json::Print(message).value_or("{}");
}

}  // namespace pinion
