#include "pinion/handshake/refusal_text.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pinion {
namespace {

constexpr size_t kListed = 8;

std::string FirstFew(const std::vector<std::string>& all) {
  const size_t shown = std::min<size_t>(all.size(), kListed);
  return absl::StrCat(absl::StrJoin(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                      all.size() > shown ? absl::StrCat(" and ", all.size() - shown, " more") : "");
}

}  // namespace

std::string InQuotes(absl::string_view text) { return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 253)), "\""); }

std::string QuotedNames(const std::vector<const Peer*>& peers) {
  std::vector<std::string> names;
  for (const Peer* peer : peers) names.push_back(InQuotes(peer->name));
  return FirstFew(names);
}

std::string ExpectedPins(const Peer& peer) {
  std::vector<std::string> accepted;
  for (const PeerPin& pin : peer.pins) {
    if (pin.state != v1::REVOKED) accepted.push_back(ToString(pin));
  }
  return absl::StrCat("one of ", FirstFew(accepted));
}

std::string ExpectedIdentities(const Peer& peer) {
  std::vector<std::string> identities;
  std::transform(peer.identities.begin(), peer.identities.end(), std::back_inserter(identities), InQuotes);
  return absl::StrCat("one of ", FirstFew(identities));
}

std::string ExpectedHosts(const PinSet& pin_set) {
  std::vector<std::string> hosts;
  for (const Peer& peer : pin_set.peers()) {
    for (const x509::HostPattern& host : peer.hosts) hosts.push_back(InQuotes(host.text()));
    if (hosts.size() > kListed) break;
  }
  return absl::StrCat("one of ", FirstFew(hosts));
}

}  // namespace pinion
