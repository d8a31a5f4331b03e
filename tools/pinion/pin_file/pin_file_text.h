// The text of a pin file, changed at single places: comments, order and layout of the rest stay as they are.
#ifndef PINION_TOOLS_PINION_PIN_FILE_PIN_FILE_TEXT_H_
#define PINION_TOOLS_PINION_PIN_FILE_PIN_FILE_TEXT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "pinion/json/places.h"
#include "pinion/pin/pin.h"

namespace pinion::cli {

// "spki", "certificate" or "issuer_spki": a pin's kind as the file names it.
absl::string_view KindName(PinKind kind);

// A pin as one line of a pin file: {"spki": "sha256/…=", "state": "BACKUP"}.
std::string PinEntry(const PeerPin& pin);

// Holds a text that PinSet accepts, and keeps it JSON; whether it keeps the pin set's rules is the caller's to check.
// Peers and pins are counted as in the PinSet.
class PinFileText {
 public:
  explicit PinFileText(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }

  void SetVersion(int64_t version);
  void SetState(size_t peer, size_t pin, v1::PinState state);
  // Takes away not_before and not_after.
  void RemoveTimes(size_t peer, size_t pin);
  // After the peer's last pin.
  void AddPin(size_t peer, const PeerPin& pin);
  // With a comment behind it on its line; comments on the lines above stay.
  void RemovePin(size_t peer, size_t pin);
  // The numbers, from 1, of the lines that a comment takes right above a pin or behind it: they may be about it.
  std::vector<int> CommentLines(size_t peer, size_t pin) const;

 private:
  json::Place Find(absl::string_view path) const;
  void Replace(const json::Place& place, absl::string_view value);
  // Takes an element or a member, and the comma that goes with it, out of the array or object around it.
  void RemoveItem(absl::string_view path, absl::string_view container);

  std::string text_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_PIN_FILE_TEXT_H_
