#include "pinion/authorization/evaluation_context.h"

namespace pinion {

const HeaderValue* EvaluationContext::Header(size_t key) {
  if (headers_.empty()) headers_.resize(header_keys_.size());
  CachedHeader& header = headers_[key];
  if (!header.is_cached) {
    header.is_cached = true;
    if (std::optional<std::string> joined = call_.header(header_keys_[key])) header.value.emplace(*std::move(joined));
  }
  return header.value.has_value() ? &*header.value : nullptr;
}

const CallerPeers* EvaluationContext::Peers() {
  if (call_.peers == nullptr) return nullptr;
  if (!peers_.has_value()) peers_ = call_.peers();
  return &*peers_;
}

}  // namespace pinion
