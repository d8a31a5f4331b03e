#include "pinion/workload/endings.h"

#include "absl/strings/str_cat.h"
#include "pinion/pin/backup_proof.h"

namespace pinion {
namespace {

void AddPeer(const PinSet& pin_set, const Peer& peer, std::vector<Ending>* endings) {
  using Kind = Ending::Kind;
  if (peer.report_only_until > absl::InfinitePast()) {
    endings->push_back({Kind::kReportOnly, peer.report_only_until, nullptr, nullptr, &peer});
  }
  for (const PeerPin& pin : peer.pins) {
    if (const absl::Time end = ProofEnds(pin_set, pin); end > absl::InfinitePast()) {
      endings->push_back({Kind::kProof, end, nullptr, nullptr, &peer, &pin});
    }
    if (const absl::Time end(pin.not_after); end < absl::InfiniteFuture()) {
      endings->push_back({Kind::kPin, end, nullptr, nullptr, &peer, &pin});
    }
  }
}

}  // namespace

std::vector<Ending> EndingsOf(const Snapshot& snapshot) {
  using Kind = Ending::Kind;
  std::vector<Ending> endings;
  for (const x509::Certificate& certificate : snapshot.identity->chain()) {
    endings.push_back({Kind::kOwnCertificate, certificate.not_after(), &certificate});
  }
  for (const x509::TrustRoots* const roots : {snapshot.server_roots.get(), snapshot.client_roots.get()}) {
    if (roots == nullptr) continue;
    for (const x509::Certificate& root : roots->certificates()) {
      endings.push_back({Kind::kTrustRoot, root.not_after(), &root});
    }
  }
  const PinSet& pin_set = *snapshot.pin_set;
  if (pin_set.expires() < absl::InfiniteFuture()) {
    endings.push_back({Kind::kPinSet, pin_set.expires(), nullptr, &pin_set});
  }
  for (const Peer& peer : pin_set.peers()) AddPeer(pin_set, peer, &endings);
  return endings;
}

std::string Describe(const Ending& ending) {
  switch (ending.kind) {
    case Ending::Kind::kOwnCertificate:
      return absl::StrCat("our certificate \"", ending.certificate->subject(), "\"");
    case Ending::Kind::kTrustRoot:
      return absl::StrCat("trust root \"", ending.certificate->subject(), "\"");
    case Ending::Kind::kPinSet:
      return absl::StrCat("the pin set, version ", ending.pin_set->version());
    case Ending::Kind::kReportOnly:
      return absl::StrCat("report-only of peer \"", ending.peer->name, "\"");
    case Ending::Kind::kProof:
      return absl::StrCat("the proof of BACKUP ", ToString(ending.pin->pin), " of peer \"", ending.peer->name, "\"");
    case Ending::Kind::kPin:
      return absl::StrCat("pin ", ToString(ending.pin->pin), " of peer \"", ending.peer->name, "\"");
  }
  return "";
}

}  // namespace pinion
