// The rules that a pin set keeps, applied while it is built from its message. Private to pin/.
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
  // Null when a rule is broken; then error_path() and error() say which value breaks it and how.
  std::shared_ptr<const PinSet> Build(const v1::PinSet& proto);

  // As the JSON loader spells it: "peers[0].pins[1].spki".
  const std::string& error_path() const { return error_path_; }
  const std::string& error() const { return error_; }

 private:
  // Where a value stands within the peer under construction. Spelt out only when there is something wrong with it.
  struct Place {
    const char* list = nullptr;  // "pins"; null: the peer itself
    int item = 0;                // of that list
  };

  void Reserve(const v1::PinSet& proto);
  // Each is true when all is well, and otherwise has called Fail.
  bool AddPeer(const v1::Peer& proto);
  bool CheckName(const std::string& name);
  bool AddHosts(const v1::Peer& proto, Peer* peer);
  bool AddIdentities(const v1::Peer& proto, Peer* peer);
  // Enters a host or identity of the peer under construction into the set's index.
  bool Claim(absl::flat_hash_map<std::string, size_t>* index, const std::string& text, const Place& place,
             absl::string_view noun);
  bool AddPins(const v1::Peer& proto, Peer* peer);
  bool AddPin(const v1::Pin& proto, const Place& place, Peer* peer);
  bool ParsePin(const v1::Pin& proto, const Place& place, Pin* pin);
  bool ParseTimes(const v1::Pin& proto, const Place& place, PeerPin* pin);
  bool CheckNotElsewhere(const PeerPin& pin, const Place& place, const Peer& peer);
  bool CheckNotRevokedElsewhere(const PeerPin& pin, const Place& place, const Peer& peer);
  bool CheckActiveAndBackup(const Peer& peer);
  // `field` is of the value at that place, or null.
  bool Fail(const Place& place, const char* field, const std::string& error);

  // Of the peer under construction, and of another by its index; that one is complete, or the one under construction.
  size_t here() const { return set_->peers_.size(); }
  const std::string& NameOf(size_t peer, const Peer& under_construction) const {
    return peer == here() ? under_construction.name : set_->peers_[peer].name;
  }

  // Where things stand already, to name the other place, as indexes of peers.
  std::shared_ptr<PinSet> set_{new PinSet()};
  absl::flat_hash_map<absl::string_view, size_t> names_;  // views of the message
  absl::flat_hash_map<std::pair<x509::Sha256Digest, PinKind>, size_t> pin_owners_;
  // Of issuer_spki pins, by digest: whether it was REVOKED or accepted where it stood first, and which peer's that was.
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
