// Compares the pin sets that processes of a fleet say they have.
#ifndef PINION_CENSUS_PIN_SET_WITNESS_H_
#define PINION_CENSUS_PIN_SET_WITNESS_H_

#include <cstdint>
#include <map>
#include <string>

#include "pinion/census/census.h"
#include "pinion/v1/adoption.pb.h"

namespace pinion {

// A signed version of a pin set has one content. Two contents mean that a publisher has signed both, by mistake or
// because its key is stolen. Not thread-safe.
class PinSetWitness {
 public:
  // The versions that are compared are at most this far from the own one, so that no process can make others be
  // forgotten.
  static constexpr int64_t kFurthest = 64;

  // Returns which processes have different contents of a version, once for each version; empty if none do. `own` is the
  // pin set of this process. Only those of the same fleet and epoch are compared.
  std::string Look(const v1::PinSetInEffect& own, const PeerKey& peer, const v1::PinSetInEffect& said);

 private:
  struct Version {
    std::string content;
    std::string whose;
    bool is_reported = false;
  };

  std::map<int64_t, Version> versions_;
  std::string fleet_;  // and its epoch
};

}  // namespace pinion

#endif  // PINION_CENSUS_PIN_SET_WITNESS_H_
