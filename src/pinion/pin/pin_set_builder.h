// Validates a pin set while building it from its message. Private to pin/.
#ifndef PINION_PIN_PIN_SET_BUILDER_H_
#define PINION_PIN_PIN_SET_BUILDER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "pinion/pin/pin_set.h"
#include "pinion/v1/pin_set.pb.h"

namespace pinion {

// Builds one PinSet; not reusable.
class PinSetBuilder {
 public:
  // Returns null if a rule is broken; error_path() and error() then describe the invalid value.
  std::shared_ptr<const PinSet> Build(const v1::PinSet& proto, PinSet::Signed signed_by = {});

  // In the notation of the JSON loader: "peers[0].pins[1].spki".
  const std::string& error_path() const { return error_path_; }
  const std::string& error() const { return error_; }

 private:
  // The position of a value in the peer under construction. It is formatted only for an error.
  struct Place {
    const char* list = nullptr;  // "pins"; null: the peer itself
    int item = 0;                // of that list
  };

  void Reserve(const v1::PinSet& proto);
  // Each returns true on success, and calls Fail otherwise.
  bool AddPeer(const v1::Peer& proto);
  bool CheckName(const std::string& name);
  bool AddHosts(const v1::Peer& proto, Peer* peer);
  bool AddIdentities(const v1::Peer& proto, Peer* peer);
  // Adds a host or identity of the peer under construction to the set's index.
  bool Claim(absl::flat_hash_map<std::string, size_t>* index, const std::string& text, const Place& place,
             absl::string_view noun);
  bool AddPins(const v1::Peer& proto, Peer* peer);
  bool AddPin(const v1::Pin& proto, const Place& place, Peer* peer);
  bool ParsePin(const v1::Pin& proto, const Place& place, Pin* pin);
  bool ParseTimes(const v1::Pin& proto, const Place& place, PeerPin* pin);
  bool CheckNotElsewhere(const PeerPin& pin, const Place& place, const Peer& peer);
  bool CheckNotRevokedElsewhere(const PeerPin& pin, const Place& place, const Peer& peer);
  bool CheckActiveAndBackup(const Peer& peer);
  bool AddDocuments(const v1::PinSet& proto);
  void ApplyRevocations();
  // `field` is a field of the value at that place, or null.
  bool Fail(const Place& place, const char* field, const std::string& error);

  // The index of the peer under construction, and the name of a peer by its index, which may be the one under
  // construction.
  size_t here() const { return set_->peers_.size(); }
  const std::string& NameOf(size_t peer, const Peer& under_construction) const {
    return peer == here() ? under_construction.name : set_->peers_[peer].name;
  }

  // The set, and maps from names and pins to the index of the peer that has them, for error messages.
  std::shared_ptr<PinSet> set_{new PinSet()};
  absl::flat_hash_map<absl::string_view, size_t> names_;  // views into the message
  absl::flat_hash_map<std::pair<x509::Sha256Digest, PinKind>, size_t> pin_owners_;
  // For issuer_spki pins, by digest: whether the first occurrence was REVOKED or accepted, and its peer.
  struct Revocation {
    bool is_revoked;
    size_t peer;
  };
  absl::flat_hash_map<x509::Sha256Digest, Revocation> revocations_;
  std::string error_path_;
  std::string error_;
};

}  // namespace pinion

#endif  // PINION_PIN_PIN_SET_BUILDER_H_
