// A call while it is evaluated: what had to be asked of it is kept, so that it is asked once. Private to
// authorization/.
#ifndef PINION_AUTHORIZATION_ASKED_CALL_H_
#define PINION_AUTHORIZATION_ASKED_CALL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "pinion/authorization/call.h"
#include "pinion/authorization/header_value.h"

namespace pinion {

// For one thread, within one evaluation. `call` and `header_keys`, the keys that the policy's rules ask for, must live
// as long.
class AskedCall {
 public:
  AskedCall(const CallToAuthorize& call, const std::vector<std::string>& header_keys)
      : call_(call), header_keys_(header_keys) {}

  const CallToAuthorize& call() const { return call_; }
  const std::vector<std::string>& header_keys() const { return header_keys_; }
  // The header of header_keys[key]; null when the call has none.
  const HeaderValue* Header(size_t key);
  // Null when they are not known.
  const CallerPeers* Peers();

 private:
  struct AskedHeader {
    bool is_asked = false;
    std::optional<HeaderValue> value;
  };

  const CallToAuthorize& call_;
  const std::vector<std::string>& header_keys_;
  absl::InlinedVector<AskedHeader, 2> headers_;
  std::optional<CallerPeers> peers_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_ASKED_CALL_H_
