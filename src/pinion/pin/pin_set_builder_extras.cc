// What a pin set has beside its peers: documents and revocations.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/pin/pin_set_builder.h"

namespace pinion {
namespace {

constexpr int kMostDocuments = 1'000;

// Whether a peer whose other keys are revoked can go on with this pin, at any time and after a renewal.
bool CanBeMovedTo(const PeerPin& pin) {
  const bool is_served = pin.state == v1::ACTIVE || pin.state == v1::BACKUP;
  const bool has_no_times = pin.not_before == absl::InfinitePast() && pin.not_after == absl::InfiniteFuture();
  return is_served && has_no_times && pin.pin.kind != PinKind::kCertificate;
}

}  // namespace

bool PinSetBuilder::AddDocuments(const v1::PinSet& proto) {
  if (proto.documents_size() > kMostDocuments) {
    error_path_ = "documents";
    error_ = absl::StrCat("has more than ", kMostDocuments, " entries; give parts of the fleet pin sets of their own");
    return false;
  }
  for (const v1::Document& one : proto.documents()) {
    absl::StatusOr<Document> document = ParseDocument(one);
    error_path_ = absl::StrCat("documents[", set_->documents_.size(), "]");
    error_ = std::string(document.status().message());
    if (!document.ok()) return false;
    error_ = absl::StrCat("\"", document->file, "\" is listed already; a document is listed once");
    if (set_->FindDocument(document->file) != nullptr) return false;
    set_->documents_.push_back(*std::move(document));
  }
  return true;
}

// In the order of the list, so that a key which is appended does not change what an earlier one did.
void PinSetBuilder::ApplyRevocations() {
  absl::flat_hash_map<x509::Sha256Digest, std::pair<PeerPin*, const Peer*>> by_key;
  PeerPin* pin = set_->pins_.data();  // grouped by peer
  for (const Peer& peer : set_->peers_) {
    for (PeerPin* const end = pin + peer.pins.size(); pin != end; ++pin) {
      if (pin->pin.kind == PinKind::kSpki && pin->state != v1::REVOKED) by_key[pin->pin.digest] = {pin, &peer};
    }
  }
  for (const x509::Sha256Digest& key : set_->revocations()->keys()) {
    const auto found = by_key.find(key);
    if (found == by_key.end()) continue;
    PeerPin* const revoked = found->second.first;
    const Peer* const peer = found->second.second;
    const bool may_move = std::any_of(peer->pins.begin(), peer->pins.end(), [&key](const PeerPin& other) {
      return other.pin.digest != key && CanBeMovedTo(other);
    });
    if (may_move) {
      *revoked = {revoked->pin, v1::REVOKED};
      set_->revoked_leaves_.emplace(key, *revoked);
    } else if (std::count(set_->spared_.begin(), set_->spared_.end(), peer->name) == 0) {
      set_->spared_.push_back(peer->name);
    }
  }
}

}  // namespace pinion
