#include <algorithm>
#include <numeric>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/handshake/own_key.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/judged_chain.h"

namespace pinion::cli {
namespace {

// A name that differs by at most this many letters is taken for a typing error.
constexpr size_t kNear = 2;

// Whether the edit distance of the two texts is at most kNear.
bool AreNear(const std::string& a, const std::string& b) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > kNear) return false;
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
    if (*std::min_element(row.begin(), row.end()) > kNear) return false;
  }
  return row.back() <= kNear;
}

std::vector<std::string> NamesOf(const Peer& peer) {
  std::vector<std::string> names = peer.identities;
  for (const x509::HostPattern& host : peer.hosts) names.push_back(host.text());
  return names;
}

Place PlaceOfPeer(const PinFile& pins, const Peer& peer) {
  const size_t index = &peer - pins.pin_set->peers().data();
  const std::string path = absl::StrCat("peers[", index, peer.identities.empty() ? "].hosts" : "].identities");
  return PlaceOf(pins.text, pins.file, path);
}

// The first peer with a name that is almost one of these; null when there is none.
const Peer* FindNear(const PinSet& pin_set, const std::vector<std::string>& names) {
  for (const Peer& peer : pin_set.peers()) {
    for (const std::string& listed : NamesOf(peer)) {
      if (std::any_of(names.begin(), names.end(), [&listed](const auto& name) { return AreNear(name, listed); })) {
        return &peer;
      }
    }
  }
  return nullptr;
}

void CheckLeaf(const PinFile& pins, const std::string& file, const x509::Certificate& leaf,
               std::vector<Finding>* findings) {
  const x509::SubjectAltNames& names = leaf.names();
  if (!pins.pin_set->FindByNames(names).empty() || IsForListedHost(*pins.pin_set, names)) return;
  const auto description = [&](const Peer& peer) {
    return absl::StrCat("peer \"", peer.name, "\" lists ", absl::CHexEscape(absl::StrJoin(NamesOf(peer), ", ")),
                        ", and the certificate in ", absl::CHexEscape(file), " has ", names.ToString());
  };
  if (const std::vector<const Peer*> held = FindByOwnPin(*pins.pin_set, leaf); !held.empty()) {
    findings->push_back(
        {Severity::kError, "PIN_WITHOUT_ITS_NAMES", PlaceOfPeer(pins, *held.front()),
         absl::StrCat("its key is a pin of a peer that it does not name: ", description(*held.front()),
                      "; a server takes it, and any other key under these names, for an unlisted client"),
         "correct the peer's names, or issue the certificate with them"});
    return;
  }
  std::vector<std::string> all = names.uris;
  all.insert(all.end(), names.dns.begin(), names.dns.end());
  const Peer* near = FindNear(*pins.pin_set, all);
  if (near == nullptr) return;
  findings->push_back({Severity::kWarning, "NAME_NEAR_MISS", PlaceOfPeer(pins, *near),
                       absl::StrCat("a name is almost that of a peer: ", description(*near)),
                       "correct the one that is mistyped"});
}

}  // namespace

void CheckNames(const Deployment& deployment, std::vector<Finding>* findings) {
  for (const PinFile& pins : deployment.pin_files) {
    for (const ConfigFile& config : deployment.configs) {
      if (config.is_server) continue;
      CheckLeaf(pins, config.options.certificate.file(), config.identity->certificate(), findings);
    }
    for (const ChainFile& given : deployment.chains) CheckLeaf(pins, given.file, given.chain.front(), findings);
  }
}

}  // namespace pinion::cli
