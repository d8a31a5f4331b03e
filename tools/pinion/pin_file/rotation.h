// The steps of a key rotation, applied to the text of a pin file. A step that would lock a peer out is refused; it
// cannot be forced.
#ifndef PINION_TOOLS_PINION_PIN_FILE_ROTATION_H_
#define PINION_TOOLS_PINION_PIN_FILE_ROTATION_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"
#include "tools/pinion/pin_file/key_argument.h"
#include "tools/pinion/pin_file/pin_file_text.h"

namespace pinion::cli {

// One step for one peer; not reusable. Each step returns FailedPrecondition if it is refused, with the peer that would
// be locked out, the reason and an alternative; NotFound for a peer or pin that is not in the file; InvalidArgument for
// arguments that make no step.
class Rotation {
 public:
  // InvalidArgument if PinSet does not accept the text; NotFound if it has no such peer.
  static absl::StatusOr<Rotation> Of(std::string text, const std::string& file, const std::string& peer,
                                     absl::Time now);

  absl::Status Add(const PeerPin& pin);
  // A BACKUP becomes ACTIVE, and what it replaces becomes RETIRING: `retired`, or the only ACTIVE pin. `backups` are
  // added.
  absl::Status Promote(const KeyArgument& key, const std::vector<KeyArgument>& retired,
                       const std::vector<KeyArgument>& backups);
  // An ACTIVE or BACKUP becomes RETIRING.
  absl::Status Retire(const KeyArgument& key);
  // The pin becomes REVOKED, and the BACKUPs `promoted` become ACTIVE. `backups` are added.
  absl::Status Revoke(const KeyArgument& key, const std::vector<KeyArgument>& promoted,
                      const std::vector<KeyArgument>& backups);
  // Records that the key of a BACKUP has signed a request of that date, which CheckProof has accepted (proof.h).
  absl::Status Prove(const KeyArgument& key, absl::Time proven_on);
  // Removes a RETIRING or REVOKED pin.
  absl::Status Remove(const KeyArgument& key);

  // Called after a step: raises the version and loads the text as every process will. FailedPrecondition if the pin
  // set's rules forbid it, or if it would lock another peer out.
  absl::Status Finish();

  const Peer& peer() const { return before_->peers()[peer_]; }
  const PinSet& before() const { return *before_; }
  const std::shared_ptr<const PinSet>& shared_before() const { return before_; }
  // After Finish.
  const std::shared_ptr<const PinSet>& shared_after() const { return after_; }
  const std::string& text() const { return text_.text(); }
  // Notes for the operator, one sentence each.
  const std::vector<std::string>& remarks() const { return remarks_; }
  void Remark(std::string sentence) { remarks_.push_back(std::move(sentence)); }

 private:
  Rotation(std::string text, std::string file, std::shared_ptr<const PinSet> before, size_t peer, absl::Time now)
      : text_(std::move(text)), file_(std::move(file)), before_(std::move(before)), peer_(peer), now_(now) {}

  // The index of the peer's pin with this key.
  absl::StatusOr<size_t> Find(const KeyArgument& key) const;
  // Whether the peer has a usable pin in this state, other than those at `except`.
  bool HasOther(v1::PinState state, const std::vector<size_t>& except) const;
  absl::Status CheckCanBeServed(const PeerPin& pin) const;
  absl::Status CheckKeepsBackup(const std::vector<size_t>& leaving, const std::vector<KeyArgument>& backups) const;
  absl::StatusOr<std::vector<size_t>> FindRetired(const std::vector<KeyArgument>& retired) const;
  absl::Status CheckAcceptsAKey() const;
  absl::Status CheckNoOtherPeerIsRefused() const;
  void SetState(size_t pin, v1::PinState state);
  void AddBackups(const std::vector<KeyArgument>& backups);

  PinFileText text_;
  std::string file_;
  std::shared_ptr<const PinSet> before_;
  std::shared_ptr<const PinSet> after_;
  size_t peer_;
  absl::Time now_;
  std::vector<x509::Sha256Digest> revoked_;  // by this step
  std::vector<std::string> remarks_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_ROTATION_H_
