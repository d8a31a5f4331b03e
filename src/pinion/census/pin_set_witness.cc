#include "pinion/census/pin_set_witness.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"

namespace pinion {

std::string PinSetWitness::Look(const v1::PinSetInEffect& own, const PeerKey& peer, const v1::PinSetInEffect& said) {
  if (own.fleet().empty() || said.fleet() != own.fleet() || said.epoch() != own.epoch()) return "";
  const std::string fleet = absl::StrCat(own.fleet(), " ", own.epoch());
  if (std::exchange(fleet_, fleet) != fleet) versions_.clear();
  versions_.erase(versions_.begin(), versions_.lower_bound(own.version() - kFurthest));
  versions_.emplace(own.version(), Version{own.content_sha256(), "this process"});
  const bool is_older = said.version() < own.version();
  if (said.version() < 1 || (is_older ? own.version() - said.version() : said.version() - own.version()) > kFurthest) {
    return "";
  }
  const std::string whose =
      absl::StrCat("a process of ", peer.name.empty() ? "an unlisted client" : Printable(peer.name));
  const auto [known, is_new] = versions_.emplace(said.version(), Version{said.content_sha256(), whose});
  Version& version = known->second;
  if (version.content == said.content_sha256() || std::exchange(version.is_reported, true)) return "";
  return absl::StrCat("version ", said.version(), " of the pin set of fleet ", Printable(own.fleet()),
                      " has two contents: ", absl::BytesToHexString(version.content), " at ", version.whose, ", and ",
                      absl::BytesToHexString(said.content_sha256()), " at ", whose,
                      "; a publisher has signed both, by mistake or because its key is stolen");
}

}  // namespace pinion
