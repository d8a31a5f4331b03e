// Pin files. An accepted file obeys every rule of pin_set.h, by a second implementation that is slow and has no index.
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/json/strict.h"
#include "pinion/pin/pin_set.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

// The kind and the text, which has one spelling that FromPinText accepts.
std::string TextOf(const v1::Pin& pin) {
  return absl::StrCat(pin.pin_case(), pin.spki(), pin.certificate(), pin.issuer_spki());
}

size_t CountState(const v1::Peer& peer, v1::PinState state) {
  size_t count = 0;
  for (const v1::Pin& pin : peer.pins()) count += pin.state() == state ? 1 : 0;
  return count;
}

void RequirePinRules(const v1::PinSet& file) {
  std::set<std::string> owned;
  std::set<std::string> revoked_issuers;
  std::set<std::string> accepted_issuers;
  for (const v1::Peer& peer : file.peers()) {
    Require(CountState(peer, v1::ACTIVE) > 0 && CountState(peer, v1::BACKUP) > 0,
            "there is an ACTIVE and a BACKUP pin");
    Require(CountState(peer, v1::PIN_STATE_UNSPECIFIED) == 0, "each pin has a state");
    std::set<std::string> here;
    for (const v1::Pin& pin : peer.pins()) {
      Require(pin.pin_case() != v1::Pin::PIN_NOT_SET, "each pin has a kind");
      Require(here.insert(TextOf(pin).substr(1)).second, "no pin occurs twice in a peer", TextOf(pin));
      const bool is_revoked = pin.state() == v1::REVOKED;
      Require(!is_revoked || !(pin.has_certificate() || pin.has_not_before() || pin.has_not_after()),
              "a REVOKED pin is of a key and has no times");
      if (pin.has_issuer_spki()) {
        (is_revoked ? revoked_issuers : accepted_issuers).insert(pin.issuer_spki());
      } else {
        Require(owned.insert(TextOf(pin)).second, "a pin belongs to one peer", TextOf(pin));
      }
    }
  }
  for (const std::string& revoked : revoked_issuers) {
    Require(accepted_issuers.count(revoked) == 0, "no issuer's key is revoked for one peer and accepted for another",
            revoked);
  }
}

void RequirePeersAreFound(const v1::PinSet& file, const PinSet& set) {
  Require(file.version() >= 1 && set.version() == file.version(), "the version is the file's");
  Require(file.peers_size() > 0 && set.peers().size() == static_cast<size_t>(file.peers_size()),
          "each peer is in the set");
  std::set<std::string> names;
  for (const Peer& peer : set.peers()) {
    Require(!peer.name.empty() && names.insert(peer.name).second, "a peer has a unique name", peer.name);
    Require(!peer.hosts.empty() || !peer.identities.empty(), "a peer has a host or an identity", peer.name);
    for (const x509::HostPattern& host : peer.hosts) {
      if (host.is_wildcard()) continue;
      Require(set.FindByHost(*x509::HostName::Parse(host.text())) == &peer, "a host finds its peer", host.text());
    }
    for (const std::string& identity : peer.identities) {
      x509::SubjectAltNames names_of_it;
      (absl::StrContains(identity, ':') ? names_of_it.uris : names_of_it.dns).push_back(identity);
      const std::vector<const Peer*> found = set.FindByNames(names_of_it);
      Require(!found.empty() && (found.front() == &peer || found.back() == &peer), "an identity finds its peer",
              identity);
    }
  }
  Require(set.FindByHost(*x509::HostName::Parse("in.no-file.ever.invalid")) == nullptr, "other hosts are not listed");
}

void Check(absl::string_view text) {
  const auto set = PinSet::FromJson(text, "pins.json");
  v1::PinSet file;
  const bool is_json = json::Parse(text, "pins.json", &file).ok();
  const auto same = is_json ? PinSet::FromProto(file) : set.status();
  Require(set.ok() == same.ok(), "the file and its message are judged alike", set.status().ToString());
  fuzz::CountInput(set.ok());
  if (!set.ok()) {
    fuzz::RequirePlacedError(set.status(), "pins.json");
    fuzz::RequirePrintable(same.status().message());
    return;
  }
  Require((*set)->SaysTheSameAs(**same), "the file and its message give equal sets");
  RequirePinRules(file);
  RequirePeersAreFound(file, **set);
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
