// Which connection may begin its handshake next. Pure bookkeeping, for one thread at a time; private to connection/.
#ifndef PINION_SERVER_ADMISSION_HANDSHAKE_PLACES_H_
#define PINION_SERVER_ADMISSION_HANDSHAKE_PLACES_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion {

// A server makes a bounded number of handshakes at once: each occupies a place. One source takes at most half of the
// places. A quarter of them is kept for known sources: those from which a handshake has been accepted lately.
class HandshakePlaces {
 public:
  // How long a source stays known after its last accepted handshake, and how many sources are.
  static constexpr absl::Duration kKnownFor = absl::Minutes(10);
  static constexpr size_t kMaxKnown = 4096;

  explicit HandshakePlaces(int places) : places_(places) {}

  // The network that an address is charged to: an IPv4 address, or the /64 of an IPv6 address (one host has all of it).
  static std::string SourceOf(absl::string_view ip);

  bool MayBegin(absl::string_view source, absl::Time now) const;
  void Begin(absl::string_view source);
  void End(absl::string_view source);
  // A handshake from this source was accepted.
  void Remember(absl::string_view source, absl::Time now);
  bool IsKnown(absl::string_view source, absl::Time now) const;
  int taken() const { return taken_; }

 private:
  const int places_;
  int taken_ = 0;
  absl::flat_hash_map<std::string, int> taken_by_;
  absl::flat_hash_map<std::string, absl::Time> known_until_;
};

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_HANDSHAKE_PLACES_H_
