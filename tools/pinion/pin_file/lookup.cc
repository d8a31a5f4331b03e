#include "tools/pinion/pin_file/lookup.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pinion::cli {

const Peer* FindPeer(const PinSet& set, const std::string& name) {
  const auto found =
      std::find_if(set.peers().begin(), set.peers().end(), [&name](const Peer& peer) { return peer.name == name; });
  return found == set.peers().end() ? nullptr : &*found;
}

absl::StatusOr<const Peer*> FindPeerOfFile(const PinSet& set, const std::string& file, const std::string& name) {
  if (const Peer* const found = FindPeer(set, name); found != nullptr) return found;
  std::vector<std::string> names;
  for (const Peer& peer : set.peers()) names.push_back(peer.name);
  return absl::NotFoundError(
      absl::StrCat(file, " has no peer \"", absl::CHexEscape(name), "\"; its peers are ", absl::StrJoin(names, ", ")));
}

bool IsRevoked(const PinSet& set, const x509::Sha256Digest& digest) {
  for (const Peer& peer : set.peers()) {
    for (const PeerPin& pin : peer.pins) {
      if (pin.state == v1::REVOKED && pin.pin.digest == digest) return true;
    }
  }
  return false;
}

bool IsAccepted(const PinSet& set, const PeerPin& pin, absl::Time at) {
  return pin.state != v1::REVOKED && pin.not_before <= at && at < pin.not_after && !IsRevoked(set, pin.pin.digest);
}

}  // namespace pinion::cli
