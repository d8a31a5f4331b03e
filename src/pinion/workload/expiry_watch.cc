#include "pinion/workload/expiry_watch.h"

#include "absl/strings/str_cat.h"
#include "pinion/pin/backup_proof.h"

namespace pinion {
namespace {

constexpr int kNotYet = 1000;

int WarningFor(absl::Duration left) {
  for (const int days : {0, 1, 7, 30}) {
    if (left <= absl::Hours(24) * days) return days;
  }
  return kNotYet;
}

}  // namespace

void ExpiryWatch::LookAt(const std::string& what, absl::Time expires, absl::Time now, std::vector<ExpiryEvent>* due) {
  const int days = WarningFor(expires - now);
  if (days == kNotYet) return;
  const auto [warned, is_new] = warned_.emplace(absl::StrCat(what, " ", absl::ToUnixSeconds(expires)), kNotYet);
  if (days >= warned->second) return;
  warned->second = days;
  due->push_back({now, what, expires, days});
}

std::vector<ExpiryEvent> ExpiryWatch::Look(const Snapshot& snapshot, absl::Time now) {
  std::vector<ExpiryEvent> due;
  for (const x509::Certificate& certificate : snapshot.identity->chain()) {
    LookAt(absl::StrCat("our certificate \"", certificate.subject(), "\""), certificate.not_after(), now, &due);
  }
  for (const auto& roots : {snapshot.server_roots, snapshot.client_roots}) {
    if (roots == nullptr) continue;
    for (const x509::Certificate& root : roots->certificates()) {
      LookAt(absl::StrCat("trust root \"", root.subject(), "\""), root.not_after(), now, &due);
    }
  }
  const PinSet& pin_set = *snapshot.pin_set;
  if (pin_set.expires() < absl::InfiniteFuture()) {
    LookAt(absl::StrCat("the pin set, version ", pin_set.version()), pin_set.expires(), now, &due);
  }
  for (const Peer& peer : pin_set.peers()) {
    if (peer.report_only_until > absl::InfinitePast()) {
      LookAt(absl::StrCat("report-only of peer \"", peer.name, "\""), peer.report_only_until, now, &due);
    }
    for (const PeerPin& pin : peer.pins) {
      if (const absl::Time end = ProofEnds(pin_set, pin); end > absl::InfinitePast()) {
        LookAt(absl::StrCat("the proof of BACKUP ", ToString(pin.pin), " of peer \"", peer.name, "\""), end, now, &due);
      }
      if (pin.not_after == absl::InfiniteFuture()) continue;
      LookAt(absl::StrCat("pin ", ToString(pin.pin), " of peer \"", peer.name, "\""), pin.not_after, now, &due);
    }
  }
  return due;
}

}  // namespace pinion
