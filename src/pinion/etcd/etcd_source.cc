#include "pinion/etcd/etcd_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/base/thread_without_signals.h"
#include "pinion/etcd/published.h"
#include "pinion/json/printed.h"

namespace pinion::etcd {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);
constexpr absl::Duration kFirstBackoff = absl::Seconds(1);
constexpr absl::Duration kLongestBackoff = absl::Seconds(30);
// The processes of a fleet do not read the parts of a large pin set at once.
constexpr absl::Duration kSpread = absl::Seconds(2);
// Whoever can write to etcd could make each process do nothing else than look at what he writes.
constexpr absl::Duration kPause = absl::Milliseconds(20);

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

void EtcdSource::Run() {
  Push();
  while (Sleep(absl::ZeroDuration())) {
    absl::Status status = Connect();
    if (status.ok()) status = Follow();
    if (status.ok()) {
      // A member may say again and again that its history is gone.
      if (!Sleep(Jittered(kPause))) return;
      continue;
    }
    NoteOutage(status);
    is_read_ = false;
    if (client_ != nullptr) client_->UseNextEndpoint();
    listener_->OnMaybeChanged();
    // The processes of a fleet that lose a member do not come back at once.
    if (!Sleep(Jittered(backoff_))) return;
    backoff_ = std::min(2 * backoff_, kLongestBackoff);
  }
}

absl::Status EtcdSource::Follow() {
  if (!is_read_) {
    if (absl::Status status = Fetch(SteadyNow() + kTimeout); !status.ok()) return status;
    Push();
  }
  const std::shared_ptr<Watch> watch = client_->StartWatch(settings_.key, seen_.revision + 1);
  return watch == nullptr ? absl::OkStatus() : FollowWatch(watch.get());
}

absl::Status EtcdSource::FollowWatch(Watch* watch) {
  absl::Time recheck = SteadyNow() + Jittered(kRecheck);
  for (;;) {
    absl::StatusOr<std::optional<v1::etcd::WatchResponse>> next = watch->Next(recheck);
    if (!next.ok()) return next.status();
    if (!next->has_value()) {
      absl::StatusOr<bool> has_changed = HasChanged();
      if (!has_changed.ok()) return has_changed.status();
      if (*has_changed) {
        is_read_ = false;
        return absl::OkStatus();
      }
      recheck = SteadyNow() + Jittered(kRecheck);
      Push();
      continue;
    }
    const v1::etcd::WatchResponse& response = **next;
    if (response.canceled()) {
      is_read_ = false;
      if (response.compact_revision() > 0) return absl::OkStatus();  // its header has no revision
      const bool is_denied = absl::StrContains(response.cancel_reason(), "permission denied");
      return absl::Status(is_denied ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kUnavailable,
                          absl::StrCat("etcd at ", Printable(client_->endpoint().name),
                                       ": the watch was canceled: ", Printable(response.cancel_reason())));
    }
    if (response.header().cluster_id() != seen_.cluster) {
      Note(response.header());
    } else {
      // A response may have waited while the key was read.
      seen_.revision = std::max(seen_.revision, response.header().revision());
    }
    backoff_ = kFirstBackoff;
    if (absl::Status status = TakeEvents(response); !status.ok()) return status;
  }
}

absl::Status EtcdSource::TakeEvents(const v1::etcd::WatchResponse& response) {
  // Each of them, since the last may be worse than the one before.
  for (const v1::etcd::Event& event : response.events()) {
    const bool is_deleted = event.type() == v1::etcd::Event::DELETE;
    absl::Status status = Take(is_deleted ? nullptr : &event.kv(), SteadyNow() + kTimeout);
    if (!status.ok()) return status;
    seen_.mod_revision = is_deleted ? 0 : event.kv().mod_revision();
    Push();
  }
  return absl::OkStatus();
}

absl::Status EtcdSource::Fetch(absl::Time end) {
  v1::etcd::RangeRequest request;
  request.set_key(settings_.key);
  const absl::StatusOr<v1::etcd::RangeResponse> response = client_->Range(request, end - SteadyNow());
  if (!response.ok()) return response.status();
  Note(response->header());
  seen_.revision = response->header().revision();
  const v1::etcd::KeyValue* const value = response->kvs().empty() ? nullptr : &response->kvs(0);
  if (absl::Status status = Take(value, end); !status.ok()) return status;
  seen_.mod_revision = value == nullptr ? 0 : value->mod_revision();
  is_read_ = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> EtcdSource::HasChanged() {
  v1::etcd::RangeRequest request;
  request.set_key(settings_.key);
  request.set_keys_only(true);
  const absl::StatusOr<v1::etcd::RangeResponse> response = client_->Range(request, kTimeout);
  if (!response.ok()) return response.status();
  const Seen before = seen_;
  Note(response->header());
  const int64_t mod_revision = response->kvs().empty() ? 0 : response->kvs(0).mod_revision();
  return response->header().cluster_id() != before.cluster || response->header().revision() < before.revision ||
         mod_revision != before.mod_revision;
}

void EtcdSource::Note(const v1::etcd::ResponseHeader& header) {
  std::string notice;
  if (seen_.cluster != 0 && header.cluster_id() != seen_.cluster) {
    notice = absl::StrCat("etcd is another cluster: ", absl::Hex(header.cluster_id()), ", and it was ",
                          absl::Hex(seen_.cluster));
  } else if (header.revision() < seen_.revision) {
    notice = absl::StrCat("etcd has gone back from revision ", seen_.revision, " to ", header.revision(),
                          ", as after a restore of a backup");
  }
  seen_.cluster = header.cluster_id();
  seen_.revision = header.revision();
  if (notice.empty()) return;
  SetNotice(absl::StrCat(notice,
                         "; a pin set that is older than the one in effect is not adopted: publish the last one "
                         "again with `pinion publish`"));
}

void EtcdSource::SetNotice(std::string notice) {
  const MutexLock lock(mutex_);
  notice_ = std::move(notice);
}

absl::Status EtcdSource::Take(const v1::etcd::KeyValue* value, absl::Time end) {
  if (value == nullptr) {
    SetContent(absl::NotFoundError(absl::StrCat(Provenance(),
                                                ": the key does not exist or was deleted; publish the pin set with "
                                                "`pinion publish`")));
    return absl::OkStatus();
  }
  bool is_first = true;
  absl::Status unread;
  const absl::StatusOr<v1::PublishedPinSet> published =
      Parse(settings_.key, value->value(), [&](const std::string& part) -> absl::StatusOr<std::string> {
        if (std::exchange(is_first, false) && is_pushing_) {
          static_cast<void>(Sleep(Jittered(kSpread)));
          end += kSpread;
        }
        absl::StatusOr<std::string> read = client_->Get(part, end - SteadyNow());
        unread.Update(read.status());
        return read;
      });
  // Its publisher may have gone on: the key is read again, once.
  const bool is_lost = absl::IsNotFound(unread) && lacks_parts_ == value->mod_revision();
  if (absl::IsNotFound(unread)) lacks_parts_ = value->mod_revision();
  if (!unread.ok() && !is_lost) return unread;
  if (!published.ok()) {
    SetContent(absl::Status(
        absl::StatusCode::kInvalidArgument,
        absl::StrCat(Provenance(), ": ", published.status().message(),
                     is_lost ? ", which the value names; publish the pin set again with `pinion publish`" : "")));
    return absl::OkStatus();
  }
  SetContent(SourceContent{TextsOf(*published), Provenance(),
                           absl::StrCat("cluster ", absl::Hex(seen_.cluster), " revision ", value->mod_revision())});
  return absl::OkStatus();
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
  // The last error counts until it is told. Then it stays, whatever each member answers, so that it is told once.
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
  if (status.ok()) status = client_->Put(settings_.instance_key, *text, kTimeout);
  if (status.ok()) reported_ = *text;
  const bool was_failing = std::exchange(report_fails_, !status.ok());
  if (report_fails_ && !was_failing) {
    SetNotice(absl::StrCat("what is in effect cannot be written to ", settings_.instance_key, ": ", status.message()));
    listener_->OnMaybeChanged();
  }
}

}  // namespace pinion::etcd
