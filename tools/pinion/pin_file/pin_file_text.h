// The text of a pin file, with local edits: comments, order and layout of the rest are kept.
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

// "spki", "certificate" or "issuer_spki": the name of a pin's kind in the file.
absl::string_view KindName(PinKind kind);

// A pin as one line of a pin file: {"spki": "sha256/…=", "state": "BACKUP"}.
std::string PinEntry(const PeerPin& pin);

// Holds a text that PinSet accepts, and keeps it valid JSON. The caller checks the pin set's rules. Peers and pins have
// the same indices as in the PinSet.
class PinFileText {
 public:
  explicit PinFileText(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }

  void SetVersion(int64_t version);
  void SetState(size_t peer, size_t pin, v1::PinState state);
  // `name` is that of a time of the pin, which is replaced or added after the pin's other members.
  void SetTime(size_t peer, size_t pin, absl::string_view name, absl::Time time);
  // Removes not_before and not_after.
  void RemoveTimes(size_t peer, size_t pin);
  // Adds it after the peer's last pin.
  void AddPin(size_t peer, const PeerPin& pin);
  // Also removes a comment after it on its line; comments on the lines above stay.
  void RemovePin(size_t peer, size_t pin);
  // Replaces the digest, 64 hexadecimal digits, of a document, or adds the document after the others.
  void SetDocument(const std::string& file, const std::string& sha256);
  // Does nothing if it is not listed.
  void RemoveDocument(const std::string& file);
  // The line numbers, from 1, of comments directly above a pin or after it: they may refer to the pin.
  std::vector<int> CommentLines(size_t peer, size_t pin) const;

 private:
  json::Place Find(absl::string_view path) const;
  // The names of the documents, in the order of the file.
  std::vector<std::string> Documents() const;
  // Adds an element to an array, after its last one, on a line of its own if that one is.
  void AddAfter(absl::string_view last, const std::string& element);
  // Where the last member of an object ends.
  size_t LastMemberEnd(absl::string_view object) const;
  void Replace(const json::Place& place, absl::string_view value);
  // Removes an element or member, with its comma, from the enclosing array or object.
  void RemoveItem(absl::string_view path, absl::string_view container);

  std::string text_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_PIN_FILE_TEXT_H_
