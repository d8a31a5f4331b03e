#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"
#include "pinion/pin/report_only.h"
#include "tools/pinion/checks.h"

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

void LookAtPins(const PinFile& pins, absl::Time now, std::vector<Finding>* findings) {
  for (size_t i = 0; i < pins.pin_set->peers().size(); ++i) {
    const Peer& peer = pins.pin_set->peers()[i];
    const std::string path = absl::StrCat("peers[", i, "]");
    for (size_t j = 0; j < peer.pins.size(); ++j) {
      const PeerPin& pin = peer.pins[j];
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
