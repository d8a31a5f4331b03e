#include "pinion/connection/live_peers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/connection/names_key.h"

namespace pinion {
namespace {

std::string CertificateKey(absl::string_view host, absl::string_view leaf_pem) {
  return absl::StrCat(host, absl::string_view("\0", 1), leaf_pem);
}

}  // namespace

std::shared_ptr<LivePeer> LivePeers::Find(absl::string_view host, absl::string_view leaf_pem) const {
  const auto found = by_certificate_.find(CertificateKey(host, leaf_pem));
  return found == by_certificate_.end() ? nullptr : found->second.lock();
}

std::shared_ptr<LivePeer> LivePeers::Add(absl::string_view host, absl::string_view leaf_pem,
                                         const x509::SubjectAltNames& names) {
  if (std::shared_ptr<LivePeer> found = Find(host, leaf_pem); found != nullptr) return found;
  if (by_certificate_.size() >= sweep_at_) Sweep();
  std::shared_ptr<LivePeer> added(
      new LivePeer{std::string(host), std::string(leaf_pem), names, /*path=*/nullptr, /*proven_as=*/""});
  by_certificate_[CertificateKey(host, leaf_pem)] = added;
  by_names_[NamesKey(names)].push_back(added);
  return added;
}

void LivePeers::Keep(std::shared_ptr<LivePeer> peer, absl::Time now) {
  ForgetUnfound(now);
  unfound_.emplace_back(now + kUnfound, std::move(peer));
}

bool LivePeers::AreProven(const x509::SubjectAltNames& names, absl::string_view peer, absl::Time now) {
  ForgetUnfound(now);
  const auto found = by_names_.find(NamesKey(names));
  if (found == by_names_.end()) return false;
  bool lives = false;
  for (const std::weak_ptr<LivePeer>& weak : found->second) {
    const std::shared_ptr<const LivePeer> live = weak.lock();
    if (live == nullptr) continue;
    if (live->proven_as != peer) return false;
    lives = true;
  }
  return lives;
}

void LivePeers::ForgetUnfound(absl::Time now) {
  while (!unfound_.empty() && now >= unfound_.front().first) unfound_.pop_front();
}

void LivePeers::Sweep() {
  absl::erase_if(by_certificate_, [](const auto& entry) { return entry.second.expired(); });
  absl::erase_if(by_names_, [](auto& entry) {
    Some& some = entry.second;
    some.erase(std::remove_if(some.begin(), some.end(), [](const auto& weak) { return weak.expired(); }), some.end());
    return some.empty();
  });
  sweep_at_ = std::max(kFirstSweep, 2 * by_certificate_.size());
}

}  // namespace pinion
