// Parts of the text of a refusal. Private to handshake/.
#ifndef PINION_HANDSHAKE_REFUSAL_TEXT_H_
#define PINION_HANDSHAKE_REFUSAL_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "pinion/pin/pin_set.h"

namespace pinion {

// In quotation marks, escaped, truncated to the length of a host name.
std::string InQuotes(absl::string_view text);

// "\"orders\", \"ledger\"".
std::string QuotedNames(const std::vector<const Peer*>& peers);

// "one of …": the first few of the accepted values.
std::string ExpectedPins(const Peer& peer);
std::string ExpectedIdentities(const Peer& peer);
std::string ExpectedHosts(const PinSet& pin_set);

}  // namespace pinion

#endif  // PINION_HANDSHAKE_REFUSAL_TEXT_H_
