#include "pinion/workload.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/adoption/workload_parts.h"
#include "pinion/client/channel_credentials.h"
#include "pinion/client/create_channel.h"
#include "pinion/etcd/connection.h"
#include "pinion/etcd/etcd_source.h"
#include "pinion/json/timestamp.h"
#include "pinion/options/check_options.h"
#include "pinion/server/listen.h"
#include "pinion/server/server_credentials.h"
#include "pinion/telemetry/event_queue.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/library.h"

namespace pinion {
namespace {

constexpr size_t kMostErrorBytes = 500;  // in an instance_key

// A forked child has no thread that watches the files.
absl::Status CheckProcess(const WorkloadParts& parts) {
  if (parts.process == getpid()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the workload was made before this process was forked, and nothing reloads it here; make a workload after fork");
}

// Names the missing part as its configuration file does, if there is one, or as the options do.
absl::Status Lacks(const WorkloadOptions& options, absl::string_view in_file, absl::string_view in_options,
                   absl::string_view consequence) {
  const std::string what = options.config_file.empty()
                               ? absl::StrCat("WorkloadOptions: ", in_options)
                               : absl::StrCat(absl::CHexEscape(options.config_file), ": ", in_file);
  return absl::FailedPreconditionError(absl::StrCat(what, " is missing; ", consequence));
}

absl::Status CheckCalls(const WorkloadParts& parts) {
  if (parts.trust_state->calls()) return CheckProcess(parts);
  return Lacks(parts.options, "trust: server_roots_file", "server_roots",
               "it holds the CAs that issue the certificates of servers, and without it no server is trusted");
}

absl::Status CheckServes(const WorkloadParts& parts) {
  if (parts.trust_state->serves()) return CheckProcess(parts);
  return Lacks(parts.options, "server", "server",
               "it defines which peers may call what, and without it nothing can be served");
}

// Etcd itself, in place of the copy in state_dir. What is wrong with the connection to it keeps no process with a copy
// from starting.
std::shared_ptr<etcd::EtcdSource> OpenEtcd(const WorkloadOptions& options) {
  const auto connect = [options]() -> absl::StatusOr<etcd::EtcdSource::Connected> {
    absl::StatusOr<etcd::Connection> connection = etcd::Connect(options, Workload::Create);
    if (!connection.ok()) return connection.status();
    return etcd::EtcdSource::Connected{std::move(connection->endpoints), std::move(connection->workload)};
  };
  return std::make_shared<etcd::EtcdSource>(etcd::EtcdSource::Settings{
      options.etcd->endpoints, options.etcd->key, options.state_dir, options.etcd->instance_key, connect});
}

// What a workload writes to its instance_key.
v1::FleetInstance InstanceOf(const TrustState& trust_state, absl::Time started) {
  const WorkloadStatus status = trust_state.StatusWithoutConnections();
  const std::shared_ptr<const Snapshot> snapshot = trust_state.snapshot();
  v1::FleetInstance instance;
  const x509::SubjectAltNames& names = snapshot->identity->certificate().names();
  const std::vector<std::string>& first = names.uris.empty() ? names.dns : names.uris;
  if (!first.empty()) instance.set_name(first.front());
  *instance.mutable_started() = json::ToTimestamp(started);
  instance.set_pin_set_version(status.pin_set_version);
  instance.set_pin_set_sha256(x509::ToHex(snapshot->pin_set->content()));
  if (status.fleet.has_value()) {
    instance.set_fleet_trust_version(status.fleet->trust_version);
    instance.set_revocations_version(status.fleet->revocations_version);
  }
  *instance.mutable_adopted_at() = json::ToTimestamp(status.pin_set.adopted_at);
  instance.set_source(status.pin_set.provenance);
  instance.set_revision(status.pin_set.revision);
  // With the pin set comes what may be its documents.
  for (const std::optional<SourceStatus>& part :
       {std::optional(status.pin_set), status.server_roots, status.client_roots, status.policy, status.shadow_policy}) {
    if (!part.has_value() || part->error.ok()) continue;
    instance.set_error(std::string(part->error.message().substr(0, kMostErrorBytes)));
    *instance.mutable_failing_since() = json::ToTimestamp(part->failing_since);
    break;
  }
  return instance;
}

}  // namespace

Workload::Workload(std::unique_ptr<const WorkloadParts> parts) : parts_(std::move(parts)) {}
Workload::~Workload() {
  if (parts_->recorder != nullptr && parts_->process == getpid()) parts_->recorder->Flush();
}

absl::StatusOr<std::shared_ptr<Workload>> Workload::FromFile(const std::string& path) {
  absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(path);
  if (!options.ok()) return options.status();
  return Create(*std::move(options));
}

absl::StatusOr<std::shared_ptr<Workload>> Workload::Create(WorkloadOptions options) {
  x509::SkipCleanupAtExit();
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  auto parts = std::make_unique<WorkloadParts>();
  if (options.events != nullptr) parts->queue = std::make_shared<EventQueue>(options.events);
  options.events = std::make_shared<CountingSink>(parts->counters, parts->queue);
  parts->options = std::move(options);
  Sources sources = OpenSources(parts->options);
  std::shared_ptr<etcd::EtcdSource> etcd;
  if (parts->options.etcd.has_value()) {
    sources.pin_set = etcd = OpenEtcd(parts->options);
  }
  absl::StatusOr<std::shared_ptr<TrustState>> trust_state =
      TrustState::Create(parts->options, sources, SwitchedTo(parts->options.adoption));
  if (!trust_state.ok()) return trust_state.status();
  if (etcd != nullptr) {
    // The trust state owns the source, and stops it first of all.
    etcd->ReportWith([trust_state = trust_state->get(), started = parts->options.clock()] {
      return InstanceOf(*trust_state, started);
    });
  }
  if (!parts->options.recorded_handshakes_dir.empty()) {
    absl::StatusOr<std::shared_ptr<HandshakeRecorder>> recorder =
        HandshakeRecorder::Open(parts->options.recorded_handshakes_dir, parts->options.events, parts->options.clock);
    if (!recorder.ok()) return recorder.status();
    parts->recorder = *std::move(recorder);
  }
  (*trust_state)->Watch(parts->counters);
  parts->trust_state = *std::move(trust_state);
  if (parts->options.adoption.exchange == v1::ENABLED) {
    parts->exchange = std::make_shared<Exchange>(parts->options, parts->trust_state);
  }
  if (parts->trust_state->calls()) {
    parts->last_refusals = std::make_shared<LastRefusals>();
    parts->channels = std::make_shared<ChannelParts>();
  }
  return std::shared_ptr<Workload>(new Workload(std::move(parts)));
}

absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> Workload::CreateChannel(
    const std::string& target, const grpc::ChannelArguments& arguments) const {
  if (absl::Status status = CheckCalls(*parts_); !status.ok()) return status;
  return pinion::CreateChannel(*parts_, target, arguments);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Workload::ChannelCredentials() const {
  if (absl::Status status = CheckCalls(*parts_); !status.ok()) return status;
  return MakeChannelCredentials(*parts_);
}

absl::Status Workload::ReportAdoption(const std::shared_ptr<grpc::Channel>& channel, const std::string& host) const {
  if (absl::Status status = CheckCalls(*parts_); !status.ok()) return status;
  if (parts_->exchange == nullptr)
    return absl::FailedPreconditionError("WorkloadOptions: adoption.exchange is DISABLED");
  parts_->exchange->ForChannel(/*renew=*/nullptr)->Follow(channel, host);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Listener>> Workload::Listen(grpc::ServerBuilder& builder,
                                                           const std::string& address) const {
  if (absl::Status status = CheckServes(*parts_); !status.ok()) return status;
  return pinion::Listen(*parts_, builder, address);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Workload::ServerCredentials() const {
  if (absl::Status status = CheckServes(*parts_); !status.ok()) return status;
  return MakeServerCredentials(*parts_);
}

WorkloadStatus Workload::Status() const {
  WorkloadStatus status = parts_->trust_state->Status();
  if (parts_->exchange != nullptr) parts_->exchange->AddTo(&status);
  status.refusals = parts_->counters->Refusals();
  return status;
}

WorkloadMetrics Workload::Metrics() const {
  WorkloadMetrics metrics;
  metrics.status = parts_->trust_state->StatusWithoutConnections();
  if (parts_->exchange != nullptr) parts_->exchange->AddTo(&metrics.status);
  parts_->trust_state->AddTo(&metrics);
  parts_->counters->AddTo(&metrics);
  if (parts_->queue != nullptr) metrics.events_lost = parts_->queue->lost();
  return metrics;
}

absl::Status Workload::CheckReady() const { return parts_->trust_state->CheckReady(); }

void Workload::Reload() { parts_->trust_state->Reload(); }

std::optional<Refusal> Workload::LastRefusal(absl::string_view target) const {
  return parts_->last_refusals == nullptr ? std::nullopt : parts_->last_refusals->For(target);
}

std::optional<Refusal> Workload::Explain(const grpc::Status& status, absl::string_view target) const {
  const bool may_lack_a_connection = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                                     status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  return may_lack_a_connection ? LastRefusal(target) : std::nullopt;
}

}  // namespace pinion
