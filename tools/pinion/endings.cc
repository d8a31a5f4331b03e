#include "tools/pinion/endings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/pin/backup_proof.h"

namespace pinion::cli {
namespace {

// Whether another root with the same name, and the same or a new key, is valid now. The expired root then only needs to
// be removed.
bool HasSuccessor(const x509::Certificate& root, const std::vector<x509::Certificate>& roots, absl::Time now) {
  return std::any_of(roots.begin(), roots.end(), [&](const x509::Certificate& other) {
    return other.subject() == root.subject() && other.not_after() > root.not_after() && other.not_before() <= now &&
           now < other.not_after();
  });
}

void AddCertificates(const char* noun, const std::string& file, const std::vector<x509::Certificate>& certificates,
                     absl::Time now, std::vector<Ending>* endings) {
  for (const x509::Certificate& certificate : certificates) {
    const bool is_root = noun == absl::string_view("ROOT");
    const bool is_succeeded = is_root && HasSuccessor(certificate, certificates, now);
    endings->push_back({noun,
                        {file},
                        absl::StrCat(is_root ? "trust root \"" : "certificate \"", certificate.subject(), "\""),
                        certificate.not_after(),
                        certificate.not_after() - certificate.not_before(),
                        is_succeeded ? Severity::kWarning : Severity::kError,
                        is_succeeded
                            ? "its successor is there: remove it once no certificate that it issued is served any more"
                        : is_root ? "add its successor beside it, and renew what it issued"
                                  : "renew it; with the same key the pin stays"});
  }
}

void AddPin(const PinFile& pins, const Peer& peer, const PeerPin& pin, const std::string& path, absl::Time now,
            std::vector<Ending>* endings) {
  const absl::Time proof_ends = ProofEnds(*pins.pin_set, pin);
  if (proof_ends > absl::InfinitePast() && !IsProvenTooLate(*pins.pin_set, pin, now)) {
    endings->push_back({"PROOF", PlaceOf(pins.text, pins.file, path + ".proven_on"),
                        absl::StrCat("the proof of BACKUP ", ToString(pin.pin), " of peer \"", peer.name, "\""),
                        proof_ends, absl::InfiniteDuration(), Severity::kWarning, kProve});
  }
  if (pin.not_after == absl::InfiniteFuture()) return;
  const bool is_retiring = pin.state == v1::RETIRING;  // its end is intended
  endings->push_back(
      {"PIN", PlaceOf(pins.text, pins.file, path + ".not_after"),
       absl::StrCat(ToString(pin.state), " pin ", ToString(pin.pin), " of peer \"", peer.name, "\""), pin.not_after,
       absl::InfiniteDuration(), is_retiring ? Severity::kInfo : Severity::kError,
       is_retiring ? "check that it is no longer served, and remove it" : "move its not_after, or serve another key"});
}

void AddPins(const PinFile& pins, absl::Time now, std::vector<Ending>* endings) {
  if (const absl::Time end = pins.pin_set->expires(); end < absl::InfiniteFuture()) {
    endings->push_back({"PIN_SET", PlaceOf(pins.text, pins.file, "expires"),
                        absl::StrCat("version ", pins.pin_set->version()), end, absl::InfiniteDuration(),
                        Severity::kError,
                        "publish the next version with a later \"expires\"; from then on new connections are refused"});
  }
  for (size_t i = 0; i < pins.pin_set->peers().size(); ++i) {
    const Peer& peer = pins.pin_set->peers()[i];
    const std::string path = absl::StrCat("peers[", i, "]");
    for (size_t j = 0; j < peer.pins.size(); ++j) {
      AddPin(pins, peer, peer.pins[j], absl::StrCat(path, ".pins[", j, "]"), now, endings);
    }
    if (peer.report_only_until == absl::InfinitePast()) continue;
    const bool is_over = peer.report_only_until <= now;
    endings->push_back(
        {"REPORT_ONLY", PlaceOf(pins.text, pins.file, path + ".report_only_until"),
         absl::StrCat("report-only of peer \"", peer.name, "\""), peer.report_only_until, absl::InfiniteDuration(),
         is_over ? Severity::kInfo : Severity::kError,
         is_over ? "remove it" : "from then on a wrong key is refused: see that none is reported any more"});
  }
}

}  // namespace

std::vector<Ending> EndingsOf(const Deployment& deployment, absl::Time now) {
  std::vector<Ending> endings;
  for (const ConfigFile& config : deployment.configs) {
    AddCertificates("CERTIFICATE", config.identity_files().certificate_file, config.identity->chain(), now, &endings);
    AddCertificates("ROOT", config.peer_roots_file(), config.peer_roots->certificates(), now, &endings);
  }
  for (const ChainFile& given : deployment.chains) {
    AddCertificates("CERTIFICATE", given.file, given.chain, now, &endings);
  }
  for (const auto& [file, roots] : deployment.roots) AddCertificates("ROOT", file, roots.certificates(), now, &endings);
  for (const PinFile& pins : deployment.pin_files) AddPins(pins, now, &endings);
  return endings;
}

}  // namespace pinion::cli
