#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"
#include "pinion/pin/backup_proof.h"
#include "pinion/pin/report_only.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/pin_file/lookup.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

// Something with an end: {"CERTIFICATE", "certificate \"CN=…\"", …}.
struct Ending {
  const char* noun;
  Place place;
  std::string what;
  absl::Time end;
  // The whole validity period. A certificate that is valid for a few days only is renewed within them, so warnings are
  // limited to the second half of the period.
  absl::Duration lifetime = absl::InfiniteDuration();
  Severity worst = Severity::kError;
  std::string fix;
};

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

// Whether another root with the same name, and the same or a new key, is valid now. The expired root then only needs to
// be removed.
bool HasSuccessor(const x509::Certificate& root, const std::vector<x509::Certificate>& roots, absl::Time now) {
  return std::any_of(roots.begin(), roots.end(), [&](const x509::Certificate& other) {
    return other.subject() == root.subject() && other.not_after() > root.not_after() && other.not_before() <= now &&
           now < other.not_after();
  });
}

void LookAtCertificates(const char* noun, const std::string& file, const std::vector<x509::Certificate>& certificates,
                        absl::Time now, std::vector<Finding>* findings) {
  for (const x509::Certificate& certificate : certificates) {
    const bool is_root = noun == absl::string_view("ROOT");
    const bool is_succeeded = is_root && HasSuccessor(certificate, certificates, now);
    Look({noun,
          {file},
          absl::StrCat(is_root ? "trust root \"" : "certificate \"", certificate.subject(), "\""),
          certificate.not_after(),
          certificate.not_after() - certificate.not_before(),
          is_succeeded ? Severity::kWarning : Severity::kError,
          is_succeeded ? "its successor is there: remove it once no certificate that it issued is served any more"
          : is_root    ? "add its successor beside it, and renew what it issued"
                       : "renew it; with the same key the pin stays"},
         now, findings);
  }
}

constexpr char kProve[] =
    "have its holder sign a request (`pinion pins challenge`), and record it (`pinion pins prove`)";

void LookAtProof(const PinFile& pins, const Peer& peer, const PeerPin& pin, const std::string& path, absl::Time now,
                 std::vector<Finding>* findings) {
  const std::string what = absl::StrCat("BACKUP ", ToString(pin.pin), " of peer \"", peer.name, "\"");
  const bool is_too_late = IsProvenTooLate(*pins.pin_set, pin, now);
  if (const absl::Time end = ProofEnds(*pins.pin_set, pin); end > absl::InfinitePast() && !is_too_late) {
    Look({"PROOF", PlaceOf(pins.text, pins.file, path + ".proven_on"), absl::StrCat("the proof of ", what), end,
          absl::InfiniteDuration(), Severity::kWarning, kProve},
         now, findings);
  } else if (LacksProof(*pins.pin_set, pin, now)) {
    findings->push_back({Severity::kWarning, "BACKUP_UNPROVEN", PlaceOf(pins.text, pins.file, path),
                         absl::StrCat("there is no proof for the key of ", what), kProve});
  }
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

// What applies to the whole file.
void LookAtSet(const PinFile& pins, absl::Time now, std::vector<Finding>* findings) {
  if (const absl::Time end = pins.pin_set->expires(); end < absl::InfiniteFuture()) {
    Look({"PIN_SET", PlaceOf(pins.text, pins.file, "expires"), absl::StrCat("version ", pins.pin_set->version()), end,
          absl::InfiniteDuration(), Severity::kError,
          "publish the next version with a later \"expires\"; from then on new connections are refused"},
         now, findings);
  }
  // One remark for a file whose owners do not use proofs.
  if (!pins.pin_set->HasProofs()) {
    findings->push_back({Severity::kInfo,
                         "NO_BACKUP_PROVEN",
                         {pins.file},
                         "there is no proof that the key of any BACKUP is held",
                         kProve});
  }
}

void LookAtPins(const PinFile& pins, absl::Time now, std::vector<Finding>* findings) {
  LookAtSet(pins, now, findings);
  const bool has_proofs = pins.pin_set->HasProofs();
  for (size_t i = 0; i < pins.pin_set->peers().size(); ++i) {
    const Peer& peer = pins.pin_set->peers()[i];
    const std::string path = absl::StrCat("peers[", i, "]");
    LookAtAccepted(pins, peer, path, now, findings);
    for (size_t j = 0; j < peer.pins.size(); ++j) {
      const PeerPin& pin = peer.pins[j];
      if (pin.pin.kind == PinKind::kCertificate && pin.state != v1::RETIRING) {
        findings->push_back({Severity::kInfo, "PIN_OF_CERTIFICATE",
                             PlaceOf(pins.text, pins.file, absl::StrCat(path, ".pins[", j, "]")),
                             absl::StrCat("a renewal of the certificate of peer \"", peer.name, "\" changes this pin"),
                             "pin the key instead, with spki, which a renewal with the same key keeps"});
      }
      if (has_proofs) LookAtProof(pins, peer, pin, absl::StrCat(path, ".pins[", j, "]"), now, findings);
      if (pin.not_after == absl::InfiniteFuture()) continue;
      const bool is_retiring = pin.state == v1::RETIRING;  // its end is intended
      Look({"PIN", PlaceOf(pins.text, pins.file, absl::StrCat(path, ".pins[", j, "].not_after")),
            absl::StrCat(ToString(pin.state), " pin ", ToString(pin.pin), " of peer \"", peer.name, "\""),
            pin.not_after, absl::InfiniteDuration(), is_retiring ? Severity::kInfo : Severity::kError,
            is_retiring ? "check that it is no longer served, and remove it"
                        : "move its not_after, or serve another key"},
           now, findings);
    }
    if (peer.report_only_until == absl::InfinitePast()) continue;
    const Place place = PlaceOf(pins.text, pins.file, path + ".report_only_until");
    if (peer.report_only_until - now > kMaxReportOnly) {
      findings->push_back({Severity::kError, "REPORT_ONLY_TOO_LONG", place,
                           absl::StrCat("report-only of peer \"", peer.name,
                                        "\" ends more than 30 days ahead, so no process adopts the pin set"),
                           absl::StrCat("choose a time up to ", FormatRfc3339(now + kMaxReportOnly))});
      continue;
    }
    const bool is_over = peer.report_only_until <= now;
    Look({"REPORT_ONLY", place, absl::StrCat("report-only of peer \"", peer.name, "\""), peer.report_only_until,
          absl::InfiniteDuration(), is_over ? Severity::kInfo : Severity::kError,
          is_over ? "remove it" : "from then on a wrong key is refused: see that none is reported any more"},
         now, findings);
  }
}

}  // namespace

void CheckExpiry(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings) {
  for (const ConfigFile& config : deployment.configs) {
    const IdentityFiles files = config.identity_files();
    LookAtCertificates("CERTIFICATE", files.certificate_file, config.identity->chain(), now, findings);
    LookAtCertificates("ROOT", config.peer_roots_file(), config.peer_roots->certificates(), now, findings);
  }
  for (const ChainFile& given : deployment.chains) {
    LookAtCertificates("CERTIFICATE", given.file, given.chain, now, findings);
  }
  for (const auto& [file, roots] : deployment.roots) {
    LookAtCertificates("ROOT", file, roots.certificates(), now, findings);
  }
  for (const PinFile& pins : deployment.pin_files) LookAtPins(pins, now, findings);
}

}  // namespace pinion::cli
