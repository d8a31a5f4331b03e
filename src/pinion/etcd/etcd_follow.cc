// The thread of a source: it reads the key, and follows it.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/etcd/etcd_source.h"
#include "pinion/etcd/published.h"

namespace pinion::etcd {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);
constexpr absl::Duration kLongestBackoff = absl::Seconds(30);
// The processes of a fleet do not read the parts of a large pin set at once.
constexpr absl::Duration kSpread = absl::Seconds(2);

}  // namespace

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
    // `etcd grpc-proxy` answers a new watch by itself, and leaves out the cluster.
    const uint64_t cluster = response.header().cluster_id();
    if (cluster != 0 && cluster != seen_.cluster) {
      Note(response.header());
    } else if (cluster != 0) {
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

}  // namespace pinion::etcd
