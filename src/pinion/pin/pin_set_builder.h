// The rules that a pin set keeps, applied while it is built from its message. Private to pin/.
#ifndef PINION_PIN_PIN_SET_BUILDER_H_
#define PINION_PIN_PIN_SET_BUILDER_H_

#include <memory>
#include <string>

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
  // Each is true when all is well, and otherwise has called Fail.
  bool AddPeer(const v1::Peer& proto, const std::string& path);
  bool CheckName(const std::string& name, const std::string& path);
  bool AddHosts(const v1::Peer& proto, const std::string& path, Peer* peer);
  bool AddIdentities(const v1::Peer& proto, const std::string& path, Peer* peer);
  // Enters a host or identity of the peer under construction into the set's index.
  bool Claim(absl::flat_hash_map<std::string, size_t>* index, const std::string& text, const std::string& path,
             absl::string_view noun);
  bool AddPins(const v1::Peer& proto, const std::string& path, Peer* peer);
  bool AddPin(const v1::Pin& proto, const std::string& path, Peer* peer);
  bool ParsePin(const v1::Pin& proto, const std::string& path, Pin* pin);
  bool ParseTimes(const v1::Pin& proto, const std::string& path, PeerPin* pin);
  bool CheckNotElsewhere(const PeerPin& pin, const std::string& path, const Peer& peer);
  bool CheckNotRevokedElsewhere(const PeerPin& pin, const std::string& path, const Peer& peer);
  bool CheckActiveAndBackup(const std::string& path, const Peer& peer);
  bool Fail(std::string path, std::string error);

  // Where things stand already, to name the other place: by name, and by pin text.
  std::shared_ptr<PinSet> set_{new PinSet()};
  absl::flat_hash_map<std::string, std::string> names_;
  absl::flat_hash_map<std::string, std::string> pin_owners_;
  // Of issuerSpki pins, by digest: whether it was REVOKED or accepted where it stood first, and which peer's that was.
  struct Revocation {
    bool is_revoked;
    std::string peer;
  };
  absl::flat_hash_map<x509::Sha256Digest, Revocation> revocations_;
  std::string error_path_;
  std::string error_;
};

}  // namespace pinion

#endif  // PINION_PIN_PIN_SET_BUILDER_H_
