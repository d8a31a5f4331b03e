#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"
#include "pinion/pin/backup_proof.h"
#include "pinion/pin/report_only.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/endings.h"
#include "tools/pinion/pin_file/lookup.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

void Look(const Ending& ending, absl::Time now, std::vector<Finding>* findings) {
  const absl::Duration left = ending.end - now;
  const std::string at = FormatRfc3339(ending.end);
  if (left <= absl::ZeroDuration()) {
    findings->push_back({ending.worst, absl::StrCat(ending.noun, "_EXPIRED"), ending.place,
                         absl::StrCat(ending.what, " ended at ", at), ending.fix});
    return;
  }
  for (const int days : {1, 7, 30}) {
    if (left > kDay * days) continue;
    if (kDay * days > ending.lifetime / 2) return;
    const Severity severity = days == 1 ? ending.worst : std::max(ending.worst, Severity::kWarning);
    findings->push_back({severity, absl::StrCat(ending.noun, "_EXPIRES"), ending.place,
                         absl::StrCat(ending.what, " ends within ", days, days == 1 ? " day" : " days", ", at ", at),
                         ending.fix});
    return;
  }
}

bool IsReportOnlyTooLong(const Ending& ending, absl::Time now) {
  return ending.noun == absl::string_view("REPORT_ONLY") && ending.end - now > kMaxReportOnly;
}

// Of what is accepted at this time. An ACTIVE pin that is not leaves the peer without the key that is served today.
void LookAtAccepted(const PinFile& pins, const Peer& peer, const std::string& path, absl::Time now,
                    std::vector<Finding>* findings) {
  const auto accepts = [&](bool only_active) {
    return std::any_of(peer.pins.begin(), peer.pins.end(), [&](const PeerPin& pin) {
      return (!only_active || pin.state == v1::ACTIVE) && IsAccepted(*pins.pin_set, pin, now);
    });
  };
  if (accepts(/*only_active=*/true)) return;
  const bool accepts_some = accepts(/*only_active=*/false);
  findings->push_back(
      {accepts_some ? Severity::kWarning : Severity::kError, accepts_some ? "NO_ACTIVE_ACCEPTED" : "NO_PIN_ACCEPTED",
       PlaceOf(pins.text, pins.file, path + ".pins"),
       absl::StrCat(accepts_some ? "no ACTIVE pin" : "no pin", " of peer \"", peer.name, "\" is accepted at this time"),
       "correct not_before and not_after, or add a pin that is accepted now"});
}

void LookAtPins(const PinFile& pins, absl::Time now, std::vector<Finding>* findings) {
  const bool has_proofs = pins.pin_set->HasProofs();
  // One remark for a file whose owners do not use proofs.
  if (!has_proofs) {
    findings->push_back({Severity::kInfo,
                         "NO_BACKUP_PROVEN",
                         {pins.file},
                         "there is no proof that the key of any BACKUP is held",
                         kProve});
  }
  for (size_t i = 0; i < pins.pin_set->peers().size(); ++i) {
    const Peer& peer = pins.pin_set->peers()[i];
    const std::string path = absl::StrCat("peers[", i, "]");
    LookAtAccepted(pins, peer, path, now, findings);
    for (size_t j = 0; j < peer.pins.size(); ++j) {
      const PeerPin& pin = peer.pins[j];
      const auto place = [&] { return PlaceOf(pins.text, pins.file, absl::StrCat(path, ".pins[", j, "]")); };
      if (pin.pin.kind == PinKind::kCertificate && pin.state != v1::RETIRING) {
        findings->push_back({Severity::kInfo, "PIN_OF_CERTIFICATE", place(),
                             absl::StrCat("a renewal of the certificate of peer \"", peer.name, "\" changes this pin"),
                             "pin the key instead, with spki, which a renewal with the same key keeps"});
      }
      const bool was_proven = ProofEnds(*pins.pin_set, pin) > absl::InfinitePast();
      const bool has_end = was_proven && !IsProvenTooLate(*pins.pin_set, pin, now);  // and is among the endings
      if (has_proofs && !has_end && LacksProof(*pins.pin_set, pin, now)) {
        findings->push_back({Severity::kWarning, "BACKUP_UNPROVEN", place(),
                             absl::StrCat("there is no proof for the key of BACKUP ", ToString(pin.pin), " of peer \"",
                                          peer.name, "\""),
                             kProve});
      }
    }
  }
}

}  // namespace

void CheckExpiry(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings) {
  for (const Ending& ending : EndingsOf(deployment, now)) {
    if (!IsReportOnlyTooLong(ending, now)) {
      Look(ending, now, findings);
      continue;
    }
    findings->push_back({Severity::kError, "REPORT_ONLY_TOO_LONG", ending.place,
                         absl::StrCat(ending.what, " ends more than 30 days ahead, so no process adopts the pin set"),
                         absl::StrCat("choose a time up to ", FormatRfc3339(now + kMaxReportOnly))});
  }
  for (const PinFile& pins : deployment.pin_files) LookAtPins(pins, now, findings);
}

}  // namespace pinion::cli
