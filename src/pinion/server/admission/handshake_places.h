// Decides which connection may begin its handshake next. Not thread-safe; the owner serializes access. Private to
// server/admission/.
#ifndef PINION_SERVER_ADMISSION_HANDSHAKE_PLACES_H_
#define PINION_SERVER_ADMISSION_HANDSHAKE_PLACES_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion {

// A server performs a limited number of concurrent handshakes; each occupies a place. One source may occupy at most
// half of the places. A quarter of the places is reserved for known sources: those from which a handshake was recently
// accepted.
class HandshakePlaces {
 public:
  // How long a source stays known after its last accepted handshake, and the maximum number of known sources.
  static constexpr absl::Duration kKnownFor = absl::Minutes(10);
  static constexpr size_t kMaxKnown = 4096;

  explicit HandshakePlaces(int places) : places_(places) {}

  // The source that an address belongs to: an IPv4 address, or the /64 network of an IPv6 address, since one host may
  // use all of it.
  static std::string SourceOf(absl::string_view ip);

  bool MayBegin(absl::string_view source, absl::Time now) const;
  void Begin(absl::string_view source);
  void End(absl::string_view source);
  // Records that a handshake from this source was accepted.
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
