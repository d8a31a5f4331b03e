#include "tools/pinion/status_file.h"

#include <cstdio>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "pinion/base/mutex.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/census/report.h"
#include "pinion/json/printed.h"
#include "pinion/json/timestamp.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

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

// A status that an earlier process left is replaced; any other file is protected.
absl::Status CheckMayReplace(const std::string& path) {
  if (absl::Status status = CheckRegularOrMissing(path); absl::IsFailedPrecondition(status)) return status;
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return absl::OkStatus();  // missing, or the later write reports the fault
  const absl::StatusOr<v1::Status> status = ParseStatus(*text);
  const bool is_status = status.ok() && status->has_written();
  if (text->empty() || is_status) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(Printable(path), " is not a status file, and would be lost; name another file"));
}

}  // namespace

absl::StatusOr<v1::Status> ParseStatus(const std::string& text) {
  v1::Status status;
  if (absl::Status parsed = json::ParsePrinted(text, &status); !parsed.ok()) return parsed;
  return status;
}

std::string StatusJson(const WorkloadStatus& status, absl::Time now) {
  v1::Status message;
  Set(now, message.mutable_written());
  Set(status.identity, message.mutable_identity());
  if (status.next_identity.has_value()) Set(*status.next_identity, message.mutable_next_identity());
  if (status.adoption.has_value()) *message.mutable_adoption() = ReportOf(*status.adoption);
  if (status.server_roots.has_value()) Set(*status.server_roots, message.mutable_server_roots());
  if (status.client_roots.has_value()) Set(*status.client_roots, message.mutable_client_roots());
  Set(status.pin_set, message.mutable_pin_set());
  if (status.shadow_pin_set.has_value()) Set(*status.shadow_pin_set, message.mutable_shadow_pin_set());
  if (status.policy.has_value()) Set(*status.policy, message.mutable_authorization_policy());
  if (status.shadow_policy.has_value()) Set(*status.shadow_policy, message.mutable_shadow_policy());
  if (status.config.has_value()) Set(*status.config, message.mutable_config());
  message.set_pin_set_version(status.pin_set_version);
  message.set_pin_set_signing(status.fleet.has_value() ? v1::Status::SIGNED : v1::Status::UNSIGNED);
  if (status.fleet.has_value()) {
    message.set_fleet(status.fleet->fleet);
    message.set_fleet_epoch(status.fleet->epoch);
    message.set_fleet_trust_version(status.fleet->trust_version);
    message.set_revocations_version(status.fleet->revocations_version);
  }
  message.set_state_error(std::string(status.state_error.message()));
  Set(status.certificate_expires, message.mutable_certificate_expires());
  if (status.pin_set_expires < absl::InfiniteFuture()) Set(status.pin_set_expires, message.mutable_pin_set_expires());
  if (status.pin_expires < absl::InfiniteFuture()) Set(status.pin_expires, message.mutable_pin_expires());
  for (const ConnectionStatus& connection : status.connections) {
    v1::Status::Connection* added = message.add_connections();
    added->set_address(connection.address);
    added->set_peer(connection.peer);
    added->set_pin(connection.presented_pin);
    Set(connection.since, added->mutable_since());
    added->set_calls_in_flight(connection.calls_in_flight);
    added->set_reason(connection.reason);
    added->set_side(ToProto(connection.side));
  }
  return json::Print(message).value_or("{}");
}

absl::StatusOr<std::unique_ptr<StatusFile>> StatusFile::Start(std::string path, std::shared_ptr<Workload> workload) {
  if (absl::Status status = CheckMayReplace(path); !status.ok()) return status;
  return std::unique_ptr<StatusFile>(new StatusFile(std::move(path), std::move(workload)));
}

StatusFile::StatusFile(std::string path, std::shared_ptr<Workload> workload)
    : path_(std::move(path)), workload_(std::move(workload)), thread_([this] { Run(); }) {}

StatusFile::~StatusFile() {
  {
    const MutexLock lock(mutex_);
    ended_ = true;
  }
  end_.NotifyAll();
  thread_.join();
  if (written_.IsAt(path_)) std::remove(path_.c_str());
}

void StatusFile::Run() {
  bool failing = false;
  for (;;) {
    const absl::Status written = Write(StatusJson(workload_->Status(), absl::Now()));
    if (!written.ok() && !failing) {
      std::cerr << "pinion: the status file: " << written.message() << "; trying again" << std::endl;
    }
    failing = !written.ok();
    const MutexLock lock(mutex_);
    const absl::Time next = SteadyNow() + kInterval;
    while (!ended_ && end_.WaitUntil(mutex_, next)) {
    }
    if (ended_) return;
  }
}

absl::Status StatusFile::Write(const std::string& text) {
  if (absl::Status status = written_.IsAt(path_) ? absl::OkStatus() : CheckMayReplace(path_); !status.ok()) {
    return status;
  }
  absl::StatusOr<WrittenFile> written = ReplaceFile(path_, text);
  if (!written.ok()) return written.status();
  written_ = *std::move(written);
  return absl::OkStatus();
}

}  // namespace pinion::cli
