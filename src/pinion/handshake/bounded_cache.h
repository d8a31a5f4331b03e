// A map with text keys and a bounded size.
#ifndef PINION_HANDSHAKE_BOUNDED_CACHE_H_
#define PINION_HANDSHAKE_BOUNDED_CACHE_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace pinion {

// Removes unneeded entries each time its size has doubled. If kMax entries are still needed, it is cleared; this costs
// one verification for each entry but never gives a wrong result. Not thread-safe; the owner serializes access.
template <typename Value>
class BoundedCache {
 public:
  static constexpr size_t kMax = 8192;

  // Null if there is no such entry. Valid until the next Put.
  Value* Find(absl::string_view key) {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }

  // Adds or replaces an entry. `stays(Value&)` returns whether another entry is still needed.
  template <typename Stays>
  void Put(absl::string_view key, Value value, const Stays& stays) {
    if (values_.size() >= sweep_at_) Sweep(stays);
    values_.insert_or_assign(std::string(key), std::move(value));
  }

 private:
  static constexpr size_t kFirstSweep = 64;

  template <typename Stays>
  void Sweep(const Stays& stays) {
    absl::erase_if(values_, [&stays](auto& entry) { return !stays(entry.second); });
    if (values_.size() >= kMax) values_.clear();
    sweep_at_ = std::max(kFirstSweep, 2 * values_.size());
  }

  absl::flat_hash_map<std::string, Value> values_;
  size_t sweep_at_ = kFirstSweep;
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_BOUNDED_CACHE_H_
