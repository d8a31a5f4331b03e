// The steps of a key rotation, done to the text of a pin file. A step that would lock somebody out is refused; there
// is no way to force it.
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

// One step of one peer's; not reusable. Each step: FailedPrecondition when it is refused, with who would be locked out,
// why, and what to do instead; NotFound for a peer or pin that is not in the file; InvalidArgument for what is no step.
class Rotation {
 public:
  // InvalidArgument when PinSet does not accept the text; NotFound when it has no such peer.
  static absl::StatusOr<Rotation> Of(std::string text, const std::string& file, const std::string& peer,
                                     absl::Time now);

  absl::Status Add(const PeerPin& pin);
  // A BACKUP becomes ACTIVE, and RETIRING what it replaces: `retired`, or the one ACTIVE pin. `backups` are added.
  absl::Status Promote(const KeyArgument& key, const std::vector<KeyArgument>& retired,
                       const std::vector<KeyArgument>& backups);
  // An ACTIVE or BACKUP becomes RETIRING.
  absl::Status Retire(const KeyArgument& key);
  // Becomes REVOKED, and the BACKUPs `promoted` ACTIVE. `backups` are added.
  absl::Status Revoke(const KeyArgument& key, const std::vector<KeyArgument>& promoted,
                      const std::vector<KeyArgument>& backups);
  // A RETIRING or REVOKED pin goes.
  absl::Status Remove(const KeyArgument& key);

  // After a step: raises the version and loads the text as every process will. FailedPrecondition when the pin set's
  // rules forbid it, or when anybody would be locked out by it.
  absl::Status Finish();

  const PinSet& before() const { return *before_; }
  // After Finish.
  const PinSet& after() const { return *after_; }
  const std::string& text() const { return text_.text(); }
  // What whoever takes the step should know, a sentence each.
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  Rotation(std::string text, std::string file, std::shared_ptr<const PinSet> before, size_t peer, absl::Time now)
      : text_(std::move(text)), file_(std::move(file)), before_(std::move(before)), peer_(peer), now_(now) {}

  const Peer& peer() const { return before_->peers()[peer_]; }
  // Which of the peer's pins it is.
  absl::StatusOr<size_t> Find(const KeyArgument& key) const;
  // Whether the peer has a pin in this state that can be used, beside those at `except`.
  bool HasOther(v1::PinState state, const std::vector<size_t>& except) const;
  absl::Status CheckCanBeServed(const PeerPin& pin) const;
  absl::Status CheckKeepsBackup(const std::vector<size_t>& leaving, const std::vector<KeyArgument>& backups) const;
  absl::StatusOr<std::vector<size_t>> FindRetired(const std::vector<KeyArgument>& retired) const;
  absl::Status CheckNobodyElseIsRefused() const;
  void SetState(size_t pin, v1::PinState state);
  void AddBackups(const std::vector<KeyArgument>& backups);
  void Remark(std::string sentence) { remarks_.push_back(std::move(sentence)); }

  PinFileText text_;
  std::string file_;
  std::shared_ptr<const PinSet> before_;
  std::shared_ptr<const PinSet> after_;
  size_t peer_;
  absl::Time now_;
  std::vector<x509::Sha256Digest> revoked_;  // by this step
  std::vector<std::string> remarks_;
};

// Whether a peer that holds this pin's key is let in at that time, as far as its pin decides.
bool IsAccepted(const PinSet& set, const PeerPin& pin, absl::Time at);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_ROTATION_H_
