// The parts of the soak. Each starts what it needs, works in a folder of its own, ends by itself, and adds its rows.
#ifndef PINION_TESTS_SOAK_PARTS_H_
#define PINION_TESTS_SOAK_PARTS_H_

#include <filesystem>

#include "tests/soak/table.h"

namespace pinion::soak {

// How much to do.
struct Extent {
  int rotations = 1000;
  int corruptions = 1000;
  int policy_swaps = 10'000;
  int pin_changes = 200;
  int certificate_changes = 100;
  int revocations = 100;
  int warm_up_reloads = 1000;
  int reloads = 10'000;
};

// Everything is rotated under load, in the order that operators must follow; rotations.cc defines what counts.
void RunRotations(const std::filesystem::path& folder, const Extent& extent, Table* table);
// Bad files arrive under load, and are replaced by good ones.
void RunCorruptions(const std::filesystem::path& folder, const Extent& extent, Table* table);
// The policy is replaced again and again while it decides calls.
void RunPolicySwaps(const std::filesystem::path& folder, const Extent& extent, Table* table);
// The time from a change on disk until it is in effect.
void RunReloadLatency(const std::filesystem::path& folder, const Extent& extent, Table* table);
// The time from the revocation of a key to the end of its streams, and to the first call that succeeds again.
void RunRevocationLatency(const std::filesystem::path& folder, const Extent& extent, Table* table);
// What reloads leave behind: memory, descriptors, threads.
void RunLeftovers(const std::filesystem::path& folder, const Extent& extent, Table* table);

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_PARTS_H_
