#include "tests/cases/prepared_case.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/x509/encoding/digest.h"
#include "tests/cases/forge.h"
#include "tests/cases/key_ring.h"
#include "tests/cases/spread.h"

namespace pinion::testing {
namespace {

std::string PinText(const std::string& text, v1::Pin::PinCase kind, Forge* forge) {
  absl::string_view name = text;
  if (!absl::ConsumePrefix(&name, "{") || !absl::ConsumeSuffix(&name, "}")) return text;
  const bool reencoded = absl::ConsumeSuffix(&name, ", re-encoded");
  const Forged& forged = forge->Get(std::string(name));
  if (kind == v1::Pin::kCertificate) return x509::ToPinText(x509::Sha256(forged.der).value());
  return x509::ToPinText(reencoded ? forged.reencoded_spki_digest : forged.spki_digest);
}

void Shift(absl::Duration later, google::protobuf::Timestamp* time) {
  time->set_seconds(time->seconds() + absl::ToInt64Seconds(later));
}

void FillIn(absl::Duration later, Forge* forge, v1::Peer* peer) {
  if (peer->has_report_only_until()) Shift(later, peer->mutable_report_only_until());
  for (v1::Pin& pin : *peer->mutable_pins()) {
    if (pin.has_not_before()) Shift(later, pin.mutable_not_before());
    if (pin.has_not_after()) Shift(later, pin.mutable_not_after());
    if (pin.has_spki()) pin.set_spki(PinText(pin.spki(), pin.pin_case(), forge));
    if (pin.has_certificate()) pin.set_certificate(PinText(pin.certificate(), pin.pin_case(), forge));
    if (pin.has_issuer_spki()) pin.set_issuer_spki(PinText(pin.issuer_spki(), pin.pin_case(), forge));
  }
}

}  // namespace

PreparedCase Prepare(const Case& one, absl::Duration later) {
  const v1::HandshakeCase& what = one.what;
  Forge forge(what, later);
  const bool is_server = one.role == v1::SERVER;
  const bool has_no_certificate = what.presented(0) == "none";
  PreparedCase prepared = {is_server ? PeerRole::kServer : PeerRole::kClient,
                           is_server ? what.host() : "",
                           absl::FromUnixSeconds(what.time().seconds()) + later,
                           {},
                           has_no_certificate ? KeyOf("leaf", "P-256") : forge.Get(what.presented(0)).authority.key,
                           "",
                           {}};
  for (const std::string& several : what.presented()) {
    if (has_no_certificate) break;
    for (const std::string& name : Spread(several)) prepared.chain.push_back(forge.Get(name).der);
  }
  for (const std::string& root : what.roots()) {
    absl::StrAppend(&prepared.roots_pem, x509::EncodePem(forge.Get(root).der));
  }
  prepared.pins.set_version(1);
  *prepared.pins.mutable_peers() = what.peers();
  for (v1::Peer& peer : *prepared.pins.mutable_peers()) FillIn(later, &forge, &peer);
  return prepared;
}

}  // namespace pinion::testing
