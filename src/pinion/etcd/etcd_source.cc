#include "pinion/etcd/etcd_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/steady_clock.h"
#include "pinion/base/thread_without_signals.h"
#include "pinion/etcd/published.h"
#include "pinion/json/printed.h"

namespace pinion::etcd {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

bool IsDenied(const absl::Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status);
}

}  // namespace

EtcdSource::EtcdSource(Settings settings) : settings_(std::move(settings)), backoff_(kFirstBackoff) {}

EtcdSource::~EtcdSource() { StopPushing(); }

std::string EtcdSource::Provenance() const {
  return absl::StrCat("etcd ", absl::StrJoin(settings_.endpoints, ","), " ", settings_.key);
}

absl::StatusOr<SourceContent> EtcdSource::ReadKept() { return etcd::ReadKept(settings_.state_dir); }

absl::StatusOr<SourceContent> EtcdSource::Read() {
  MutexLock lock(mutex_);
  if (std::exchange(is_first_, false)) {
    lock.Unlock();
    const absl::Status status = FirstFetch();
    lock.Lock();
    if (!status.ok()) content_ = status;
  }
  // Losing a permission is no matter of waiting.
  const bool is_outage = !content_.ok() || SteadyNow() - outage_since_ >= kPatience || IsDenied(outage_);
  if (!outage_.ok() && is_outage) {
    is_outage_told_ = true;
    return outage_;
  }
  if (!content_.ok()) return content_.status();
  SourceContent content = *content_;
  content.notice = std::exchange(notice_, "");
  return content;
}

absl::Status EtcdSource::Connect() {
  if (client_ != nullptr) return absl::OkStatus();
  absl::StatusOr<Connected> connected = settings_.connect();
  if (!connected.ok()) return connected.status();
  const MutexLock lock(mutex_);
  keeps_ = std::move(connected->keeps);
  client_ = std::make_unique<Client>(std::move(connected->endpoints));
  if (is_stopped_) client_->Cancel();
  return absl::OkStatus();
}

absl::Status EtcdSource::FirstFetch() {
  if (absl::Status status = Connect(); !status.ok()) return status;
  const absl::Time end = SteadyNow() + kStartPatience;
  const absl::Duration each = kStartPatience / static_cast<int64_t>(settings_.endpoints.size());
  absl::Status status;
  for (size_t i = 0; i < settings_.endpoints.size() && SteadyNow() < end; ++i) {
    status = Fetch(std::min(end, SteadyNow() + each));
    if (status.ok() || !(absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status))) return status;
    client_->UseNextEndpoint();
  }
  return status;
}

void EtcdSource::StartPushing(SourceListener* listener) {
  listener_ = listener;
  is_pushing_ = true;
  thread_ = StartThreadWithoutSignals([this] { Run(); });
}

void EtcdSource::StopPushing() {
  {
    const MutexLock lock(mutex_);
    is_stopped_ = true;
    stopped_.NotifyAll();
    if (client_ != nullptr) client_->Cancel();
  }
  if (thread_.joinable()) thread_.join();
}

void EtcdSource::SetNotice(std::string notice) {
  const MutexLock lock(mutex_);
  notice_ = std::move(notice);
}

void EtcdSource::SetContent(absl::StatusOr<SourceContent> content) {
  const MutexLock lock(mutex_);
  content_ = std::move(content);
  outage_ = absl::OkStatus();
  is_outage_told_ = false;
}

void EtcdSource::NoteOutage(const absl::Status& error) {
  const MutexLock lock(mutex_);
  if (outage_.ok()) outage_since_ = SteadyNow();
  // The error changes until it is reported. From then on it stays, whichever member answers next, so that there is one
  // report for each outage.
  if (!is_outage_told_ || (IsDenied(error) && !IsDenied(outage_))) outage_ = error;
}

bool EtcdSource::Sleep(absl::Duration time) {
  const absl::Time end = SteadyNow() + time;
  const MutexLock lock(mutex_);
  while (!is_stopped_ && stopped_.WaitUntil(mutex_, end)) {
  }
  return !is_stopped_;
}

absl::Duration EtcdSource::Jittered(absl::Duration time) {
  return time * std::uniform_real_distribution<double>(0.5, 1)(random_);
}

void EtcdSource::Push() {
  if (const absl::Duration since = SteadyNow() - pushed_; since < kPause) static_cast<void>(Sleep(kPause - since));
  listener_->OnMaybeChanged();
  pushed_ = SteadyNow();
  Report();
}

void EtcdSource::Report() {
  if (settings_.instance_key.empty() || report_ == nullptr || client_ == nullptr) return;
  const absl::StatusOr<std::string> text = json::Print(report_());
  if (text.ok() && *text == reported_) return;
  absl::Status status = text.status();
  if (status.ok()) status = client_->Put(settings_.instance_key, *text, kTimeout).status();
  if (status.ok()) reported_ = *text;
  const bool was_failing = std::exchange(report_fails_, !status.ok());
  if (report_fails_ && !was_failing) {
    SetNotice(absl::StrCat("what is in effect cannot be written to ", settings_.instance_key, ": ", status.message()));
    listener_->OnMaybeChanged();
  }
}

}  // namespace pinion::etcd
