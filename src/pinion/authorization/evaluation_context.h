// A call under evaluation, which caches headers and peers so that each is looked up once. Private to authorization/.
#ifndef PINION_AUTHORIZATION_EVALUATION_CONTEXT_H_
#define PINION_AUTHORIZATION_EVALUATION_CONTEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "pinion/authorization/call.h"
#include "pinion/authorization/header_value.h"

namespace pinion {

// For one thread and one evaluation. `call` and `header_keys`, the keys that the policy's rules use, must outlive it.
class EvaluationContext {
 public:
  EvaluationContext(const CallToAuthorize& call, const std::vector<std::string>& header_keys)
      : call_(call), header_keys_(header_keys) {}

  const CallToAuthorize& call() const { return call_; }
  const std::vector<std::string>& header_keys() const { return header_keys_; }
  // The header of header_keys[key]; null if the call has none.
  const HeaderValue* Header(size_t key);
  // Null if they are not known.
  const CallerPeers* Peers();

 private:
  struct CachedHeader {
    bool is_cached = false;
    std::optional<HeaderValue> value;
  };

  const CallToAuthorize& call_;
  const std::vector<std::string>& header_keys_;
  absl::InlinedVector<CachedHeader, 2> headers_;
  std::optional<CallerPeers> peers_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_EVALUATION_CONTEXT_H_
