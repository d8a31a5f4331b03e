#include "pinion/server/admission/handshake_places.h"

#include <algorithm>

namespace pinion {

std::string HandshakePlaces::SourceOf(absl::string_view ip) {
  constexpr size_t kIpv6 = 16;
  return std::string(ip.size() == kIpv6 ? ip.substr(0, kIpv6 / 2) : ip);
}

bool HandshakePlaces::MayBegin(absl::string_view source, absl::Time now) const {
  const auto found = taken_by_.find(source);
  if (found != taken_by_.end() && found->second >= std::max(1, places_ / 2)) return false;
  const int kept = IsKnown(source, now) ? 0 : places_ / 4;
  return taken_ < places_ - kept;
}

void HandshakePlaces::Begin(absl::string_view source) {
  ++taken_;
  ++taken_by_[source];
}

void HandshakePlaces::End(absl::string_view source) {
  const auto found = taken_by_.find(source);
  if (found == taken_by_.end()) return;
  --taken_;
  if (--found->second == 0) taken_by_.erase(found);
}

void HandshakePlaces::Remember(absl::string_view source, absl::Time now) {
  if (known_until_.size() >= kMaxKnown && !known_until_.contains(source)) {
    const auto by_time = [](const auto& a, const auto& b) { return a.second < b.second; };
    known_until_.erase(std::min_element(known_until_.begin(), known_until_.end(), by_time));
  }
  known_until_[source] = now + kKnownFor;
}

bool HandshakePlaces::IsKnown(absl::string_view source, absl::Time now) const {
  const auto found = known_until_.find(source);
  return found != known_until_.end() && now < found->second;
}

}  // namespace pinion
