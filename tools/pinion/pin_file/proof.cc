#include "tools/pinion/pin_file/proof.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/pin/backup_proof.h"
#include "tools/pinion/pin_file/rotation.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
// Precedes the date in an organizational unit of the request's subject.
constexpr absl::string_view kUnit = "pinion-proof ";

std::string DateOf(absl::Time time) { return absl::FormatTime("%E4Y-%m-%d", time, absl::UTCTimeZone()); }

bool IsAddress(const std::string& host) {
  const absl::StatusOr<x509::HostName> name = x509::HostName::Parse(host);
  return name.ok() && name->is_address();
}

// The names of the peer, as openssl writes them in a subjectAltName: "DNS:a.test".
std::vector<std::string> NamesOf(const Peer& peer) {
  std::vector<std::string> names;
  for (const x509::HostPattern& host : peer.hosts) {
    names.push_back(absl::StrCat(IsAddress(host.text()) ? "IP:" : "DNS:", host.text()));
  }
  for (const std::string& identity : peer.identities) {
    names.push_back(absl::StrCat(absl::StrContains(identity, ':') ? "URI:" : "DNS:", identity));
  }
  return names;
}

bool Has(const x509::SubjectAltNames& names, const x509::HostPattern& host) {
  if (!host.is_wildcard()) return names.Covers(*x509::HostName::Parse(host.text()));
  return std::any_of(names.dns.begin(), names.dns.end(), [&host](const std::string& dns) {
    const absl::StatusOr<x509::HostPattern> name = x509::HostPattern::Parse(dns);
    return name.ok() && name->text() == host.text();
  });
}

absl::Status CheckNames(const PinSet& pin_set, const Peer& peer, const x509::SubjectAltNames& names) {
  const auto refused = [&](absl::string_view why) {
    return absl::FailedPreconditionError(absl::StrCat("the request ", why,
                                                      ", so that a certificate made from it would "
                                                      "not be one of peer \"",
                                                      peer.name, "\"; it asks for ", names.ToString(),
                                                      "; make it as `pinion pins challenge` says"));
  };
  for (const x509::HostPattern& host : peer.hosts) {
    if (!Has(names, host)) return refused(absl::StrCat("does not ask for the peer's host ", host.text()));
  }
  if (!peer.identities.empty() && !CarriesIdentity(names, peer))
    return refused("asks for none of the peer's identities");
  for (const Peer* const named : pin_set.FindByNames(names)) {
    if (named != &peer) return refused(absl::StrCat("asks for a name of peer \"", named->name, "\", too"));
  }
  return absl::OkStatus();
}

// Of the first unit with a date.
std::optional<absl::Time> FindDate(const x509::CertificateRequest& request) {
  for (absl::string_view unit : request.units) {
    if (!absl::ConsumePrefix(&unit, kUnit)) continue;
    if (const auto date = ParseRfc3339(absl::StrCat(unit, "T00:00:00Z")); date.has_value()) return date;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> ProofCommand(const Peer& peer, const std::string& key_file, const std::string& request_file,
                                         absl::Time now) {
  const std::vector<std::string> names = NamesOf(peer);
  for (const std::string& name : names) {
    if (name.find_first_of(",'\\$#\"") == std::string::npos) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the identity ", Printable(name), " of peer \"", peer.name,
                     "\" has a character that has a meaning on the command line of openssl; make a request with the "
                     "peer's names and the organizational unit \"",
                     kUnit, DateOf(now), "\" by a configuration file"));
  }
  return absl::StrCat("openssl req -new -sha256 -key ", key_file, " -subj '/CN=", peer.name, "/OU=", kUnit, DateOf(now),
                      "' -addext 'subjectAltName=", absl::StrJoin(names, ","), "' -out ", request_file);
}

absl::StatusOr<absl::Time> CheckProof(const PinSet& pin_set, const Peer& peer, const x509::CertificateRequest& request,
                                      absl::Time now) {
  if (absl::Status status = CheckNames(pin_set, peer, request.names); !status.ok()) return status;
  const std::optional<absl::Time> date = FindDate(request);
  if (!date.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("the request's subject has no organizational unit \"", kUnit,
                                                      DateOf(now),
                                                      "\", so that it may be of any day; make it as "
                                                      "`pinion pins challenge` says"));
  }
  if (*date > now + kDay) {
    return absl::FailedPreconditionError(
        absl::StrCat("the request is of ", DateOf(*date), ", which is in the future; look at the clocks"));
  }
  if (*date + kDay * (kProofDays + 1) > now) return *date;
  return absl::FailedPreconditionError(absl::StrCat("the request is of ", DateOf(*date), ", more than ", kProofDays,
                                                    " days ago, so that its key may have been lost since; make another "
                                                    "as `pinion pins challenge` says"));
}

absl::Status Rotation::Prove(const KeyArgument& key, absl::Time proven_on) {
  const absl::StatusOr<size_t> at = Find(key);
  if (!at.ok()) return at.status();
  const PeerPin& pin = peer().pins[*at];
  const std::string text = ToString(pin.pin);
  if (!CanBeProven(pin)) {
    return absl::FailedPreconditionError(absl::StrCat(
        text, " is ", ToString(pin.state),
        ", and a proof is of a BACKUP of kind spki: of a key that no handshake shows to be in somebody's hands"));
  }
  if (const absl::Time before = before_->ProvenOn(pin.pin);
      before >= proven_on && !IsProvenTooLate(*before_, pin, now_)) {
    return absl::FailedPreconditionError(
        absl::StrCat(text, " was proven on ", DateOf(before), ", and this request is not newer"));
  }
  text_.SetTime(peer_, *at, "proven_on", proven_on);
  return absl::OkStatus();
}

}  // namespace pinion::cli
