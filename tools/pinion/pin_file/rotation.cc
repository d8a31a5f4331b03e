#include "tools/pinion/pin_file/rotation.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/base/rfc3339.h"
#include "pinion/pin/backup_proof.h"
#include "tools/pinion/pin_file/lookup.h"

namespace pinion::cli {
namespace {

template <typename... Parts>
absl::Status Refused(const Parts&... parts) {
  return absl::FailedPreconditionError(absl::StrCat(parts...));
}

// Whether the pin is in this state and usable for its purpose: an ACTIVE now, a BACKUP now or later.
bool IsUsable(const PinSet& set, const PeerPin& pin, v1::PinState state, absl::Time now) {
  if (pin.state != state || IsRevoked(set, pin.pin.digest) || pin.not_after <= now) return false;
  return state == v1::BACKUP || pin.not_before <= now;
}

std::string Quoted(const Peer& peer) { return absl::StrCat("\"", peer.name, "\""); }

bool LetsKeysInUnlisted(const Peer& peer, absl::Time now) {
  return peer.report_only_until > now || std::any_of(peer.pins.begin(), peer.pins.end(), [](const PeerPin& pin) {
           return pin.pin.kind == PinKind::kIssuerSpki && pin.state != v1::REVOKED;
         });
}

}  // namespace

absl::StatusOr<Rotation> Rotation::Of(std::string text, const std::string& file, const std::string& peer,
                                      absl::Time now) {
  absl::StatusOr<std::shared_ptr<const PinSet>> set = PinSet::FromJson(text, file);
  if (!set.ok()) return set.status();
  const absl::StatusOr<const Peer*> found = FindPeerOfFile(**set, file, peer);
  if (!found.ok()) return found.status();
  const size_t at = *found - (*set)->peers().data();
  return Rotation(std::move(text), file, *std::move(set), at, now);
}

absl::StatusOr<size_t> Rotation::Find(const KeyArgument& key) const {
  const absl::Span<const PeerPin> pins = peer().pins;
  const auto found = std::find_if(pins.begin(), pins.end(), [&key](const PeerPin& pin) { return key.IsFor(pin.pin); });
  if (found != pins.end()) return found - pins.begin();
  return absl::NotFoundError(absl::StrCat(x509::ToPinText(key.digest), " is not a pin of peer ", Quoted(peer()), " in ",
                                          file_, "; `pinion pins show` lists those that are"));
}

bool Rotation::HasOther(v1::PinState state, const std::vector<size_t>& except) const {
  for (size_t i = 0; i < peer().pins.size(); ++i) {
    const bool is_excepted = std::find(except.begin(), except.end(), i) != except.end();
    if (!is_excepted && IsUsable(*before_, peer().pins[i], state, now_)) return true;
  }
  return false;
}

absl::Status Rotation::CheckCanBeServed(const PeerPin& pin) const {
  const std::string text = x509::ToPinText(pin.pin.digest);
  if (pin.state == v1::ACTIVE) return Refused(text, " is ACTIVE already: ", Quoted(peer()), " serves it today");
  if (pin.state != v1::BACKUP) {
    return Refused(text, " is ", ToString(pin.state), ", and a key that ",
                   pin.state == v1::REVOKED ? "may be in other hands" : "was taken out of service",
                   " is not served again; make a new key, add it as BACKUP, and promote that");
  }
  if (IsRevoked(*before_, pin.pin.digest)) {
    return Refused(text,
                   " is REVOKED elsewhere in the file, so a peer that served it would be refused; make a new key");
  }
  if (pin.not_before > now_) {
    return Refused(text, " is not accepted before ", FormatRfc3339(pin.not_before),
                   ", so a peer that served it would be refused until then; promote it then, or another BACKUP now");
  }
  if (pin.not_after > now_) return absl::OkStatus();
  return Refused(text, " is not accepted any more since ", FormatRfc3339(pin.not_after),
                 ", so a peer that served it would be refused; make a new key, add it as BACKUP, and promote that");
}

absl::Status Rotation::CheckKeepsBackup(const std::vector<size_t>& leaving,
                                        const std::vector<KeyArgument>& backups) const {
  const bool takes_one =
      std::any_of(leaving.begin(), leaving.end(), [this](size_t pin) { return peer().pins[pin].state == v1::BACKUP; });
  if (!takes_one || !backups.empty() || HasOther(v1::BACKUP, leaving)) return absl::OkStatus();
  return Refused(Quoted(peer()),
                 " would have no BACKUP left, and losing the key that is served would lock everybody out; make another "
                 "key, keep it offline, and give it with --backup PIN");
}

absl::StatusOr<std::vector<size_t>> Rotation::FindRetired(const std::vector<KeyArgument>& retired) const {
  std::vector<size_t> found;
  std::vector<std::string> texts;
  for (size_t i = 0; i < peer().pins.size() && retired.empty(); ++i) {
    if (peer().pins[i].state != v1::ACTIVE) continue;
    found.push_back(i);
    texts.push_back(x509::ToPinText(peer().pins[i].pin.digest));
  }
  if (found.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(peer()), " has several ACTIVE pins (",
                                                   absl::StrJoin(texts, ", "),
                                                   "); say with --retire PIN which of them is replaced"));
  }
  for (const KeyArgument& key : retired) {
    const absl::StatusOr<size_t> at = Find(key);
    if (!at.ok()) return at.status();
    if (peer().pins[*at].state != v1::ACTIVE) {
      return Refused("--retire: ", ToString(peer().pins[*at]), " is not ACTIVE, so there is nothing that it serves");
    }
    found.push_back(*at);
  }
  return found;
}

void Rotation::SetState(size_t pin, v1::PinState state) {
  const std::vector<int> lines = text_.CommentLines(peer_, pin);
  text_.SetState(peer_, pin, state);
  for (const int line : lines) {
    Remark(absl::StrCat(file_, ":", line, ": the comment stays as it is; see whether it still holds"));
  }
}

void Rotation::AddBackups(const std::vector<KeyArgument>& backups) {
  for (const KeyArgument& key : backups) {
    text_.AddPin(peer_, {{PinKind::kSpki, key.digest}, v1::BACKUP, absl::InfinitePast(), absl::InfiniteFuture()});
  }
}

absl::Status Rotation::Add(const PeerPin& pin) {
  if (pin.state == v1::REVOKED) {
    revoked_.push_back(pin.pin.digest);
  } else if (pin.not_after <= now_) {
    return Refused(x509::ToPinText(pin.pin.digest), " would never be accepted: its not_after, ",
                   FormatRfc3339(pin.not_after), ", is over");
  }
  text_.AddPin(peer_, pin);
  return absl::OkStatus();
}

absl::Status Rotation::Promote(const KeyArgument& key, const std::vector<KeyArgument>& retired,
                               const std::vector<KeyArgument>& backups) {
  const absl::StatusOr<size_t> at = Find(key);
  if (!at.ok()) return at.status();
  if (absl::Status status = CheckCanBeServed(peer().pins[*at]); !status.ok()) return status;
  const absl::StatusOr<std::vector<size_t>> replaced = FindRetired(retired);
  if (!replaced.ok()) return replaced.status();
  if (absl::Status status = CheckKeepsBackup({*at}, backups); !status.ok()) return status;
  if (before_->HasProofs() && LacksProof(*before_, peer().pins[*at], now_)) {
    Remark("there is no proof of the last 180 days for this key; make sure that it is held before it is served");
  }
  SetState(*at, v1::ACTIVE);
  for (const size_t pin : *replaced) SetState(pin, v1::RETIRING);
  AddBackups(backups);
  Remark("next: roll the file out, then give the server the certificate and key of the new ACTIVE pin");
  return absl::OkStatus();
}

absl::Status Rotation::Retire(const KeyArgument& key) {
  const absl::StatusOr<size_t> at = Find(key);
  if (!at.ok()) return at.status();
  const PeerPin& pin = peer().pins[*at];
  const std::string text = x509::ToPinText(pin.pin.digest);
  if (pin.state == v1::RETIRING)
    return Refused(text, " is RETIRING already; remove it once no process reports it any more");
  if (pin.state == v1::REVOKED) {
    return Refused(text, " is REVOKED, and as RETIRING it would be accepted again, from its thief too; leave it");
  }
  if (!HasOther(pin.state, {*at})) {
    if (pin.state == v1::ACTIVE) {
      return Refused(text, " is the last ACTIVE pin of ", Quoted(peer()),
                     ", the key that is served today; promote a BACKUP in its place, which retires it: pinion pins "
                     "promote");
    }
    return Refused(text, " is the last BACKUP of ", Quoted(peer()),
                   ", and losing the key that is served would lock everybody out; add another first: pinion pins add");
  }
  SetState(*at, v1::RETIRING);
  Remark("next: roll the file out; remove the pin once no process reports it any more");
  return absl::OkStatus();
}

absl::Status Rotation::Revoke(const KeyArgument& key, const std::vector<KeyArgument>& promoted,
                              const std::vector<KeyArgument>& backups) {
  const absl::StatusOr<size_t> at = Find(key);
  if (!at.ok()) return at.status();
  const PeerPin& pin = peer().pins[*at];
  const std::string text = x509::ToPinText(pin.pin.digest);
  if (pin.state == v1::REVOKED) return Refused(text, " is REVOKED already");
  std::vector<size_t> leaving = {*at};
  for (const KeyArgument& one : promoted) {
    const absl::StatusOr<size_t> next = Find(one);
    if (!next.ok()) return next.status();
    if (*next == *at)
      return Refused("--promote: ", text, " is the very key that is to be revoked; name another BACKUP");
    if (absl::Status status = CheckCanBeServed(peer().pins[*next]); !status.ok()) return status;
    leaving.push_back(*next);
  }
  if (pin.state == v1::ACTIVE && promoted.empty() && !HasOther(v1::ACTIVE, leaving)) {
    return Refused(text, " is the only ACTIVE pin of ", Quoted(peer()),
                   ", and without another everybody is locked out; say with --promote PIN which BACKUP is served from "
                   "now on, and with --backup PIN the next backup");
  }
  if (absl::Status status = CheckKeepsBackup(leaving, backups); !status.ok()) return status;
  SetState(*at, v1::REVOKED);
  if (pin.not_before != absl::InfinitePast() || pin.not_after != absl::InfiniteFuture()) {
    text_.RemoveTimes(peer_, *at);
    Remark("its not_before and not_after are gone: a revoked pin is refused at all times");
  }
  for (size_t i = 1; i < leaving.size(); ++i) SetState(leaving[i], v1::ACTIVE);
  AddBackups(backups);
  revoked_.push_back(pin.pin.digest);
  Remark(
      "next: roll the file out to every client and server, then replace certificate and key where the revoked one "
      "is served");
  return absl::OkStatus();
}

absl::Status Rotation::Remove(const KeyArgument& key) {
  const absl::StatusOr<size_t> at = Find(key);
  if (!at.ok()) return at.status();
  const PeerPin& pin = peer().pins[*at];
  const std::string text = x509::ToPinText(pin.pin.digest);
  if (pin.state == v1::ACTIVE || pin.state == v1::BACKUP) {
    return Refused(text, " is ", ToString(pin.state), ": ", Quoted(peer()),
                   pin.state == v1::ACTIVE ? " serves it today" : " may be serving it at any time",
                   ", and a process that does would be locked out; retire it first (",
                   pin.state == v1::ACTIVE ? "pinion pins promote" : "pinion pins retire",
                   "), and remove it once no process reports it any more");
  }
  if (pin.state == v1::REVOKED && LetsKeysInUnlisted(peer(), now_)) {
    return Refused(text, " is REVOKED, and without this entry it might be accepted again: ", Quoted(peer()),
                   " has an issuer_spki pin, or only reports wrong keys; leave it, it costs nothing");
  }
  for (const int line : text_.CommentLines(peer_, *at)) {
    Remark(absl::StrCat(file_, ":", line, ": a comment was about this pin, perhaps; what is above the pin stays"));
  }
  text_.RemovePin(peer_, *at);
  Remark(
      pin.state == v1::REVOKED
          ? "the key is merely unknown from now on: refused as any other that is no pin, and no longer as a stolen one"
          : "peers that still hold this key are refused from now on; connections that hold it are drained");
  return absl::OkStatus();
}

absl::Status Rotation::CheckAcceptsAKey() const {
  const auto accepts = [this](const PinSet& set) {
    const absl::Span<const PeerPin> pins = set.peers()[peer_].pins;
    return std::any_of(pins.begin(), pins.end(), [&](const PeerPin& pin) { return IsAccepted(set, pin, now_); });
  };
  if (accepts(*after_) || !accepts(*before_)) return absl::OkStatus();
  return Refused("no pin of ", Quoted(peer()),
                 " would be accepted at this time, so that everybody would be locked out");
}

absl::Status Rotation::CheckNoOtherPeerIsRefused() const {
  for (const Peer& peer : before_->peers()) {
    for (const PeerPin& pin : peer.pins) {
      const bool is_meant = std::find(revoked_.begin(), revoked_.end(), pin.pin.digest) != revoked_.end() &&
                            peer.name == this->peer().name;
      if (is_meant || !IsAccepted(*before_, pin, now_) || !IsRevoked(*after_, pin.pin.digest)) continue;
      return Refused(ToString(pin), " of peer ", Quoted(peer),
                     " would be refused, since what one peer revokes is refused for all; replace it there first");
    }
  }
  return absl::OkStatus();
}

absl::Status Rotation::Finish() {
  if (before_->version() == std::numeric_limits<int64_t>::max()) {
    return Refused(
        "its version is ", before_->version(),
        ", the greatest there is, and processes adopt nothing but a greater one; set a small version by hand, "
        "and restart every process that has the file");
  }
  text_.SetVersion(before_->version() + 1);
  absl::StatusOr<std::shared_ptr<const PinSet>> after = PinSet::FromJson(text_.text(), file_);
  if (!after.ok()) return absl::FailedPreconditionError(after.status().message());
  after_ = *std::move(after);
  if (absl::Status status = CheckAcceptsAKey(); !status.ok()) return status;
  return CheckNoOtherPeerIsRefused();
}

}  // namespace pinion::cli
