// Headers that no client should send, for clients with accepted keys.
#ifndef PINION_TESTS_TRANSPORT_HOSTILE_HEADERS_H_
#define PINION_TESTS_TRANSPORT_HOSTILE_HEADERS_H_

#include <ostream>
#include <string>
#include <vector>

#include "tests/transport/raw_http2_call.h"

namespace pinion::testing {

// Stands for the method's path in a case's headers.
constexpr char kThePath[] = "{path}";

struct HostileCase {
  std::string name;
  RawHeaders headers;
};
inline void PrintTo(const HostileCase& hostile, std::ostream* out) { *out << hostile.name; }

// What a gRPC client sends.
RawHeaders SoundHeaders();
// Each differs from the sound ones in one thing.
std::vector<HostileCase> HostileCases();

// The keys that gRPC itself reads, and so stores in another form than the others.
const std::vector<std::string>& ReservedKeys();

}  // namespace pinion::testing

#endif  // PINION_TESTS_TRANSPORT_HOSTILE_HEADERS_H_
