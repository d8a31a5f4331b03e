// Keys of a fleet that are refused before its publishers have signed a pin set that says so.
#ifndef PINION_FLEET_REVOCATIONS_H_
#define PINION_FLEET_REVOCATIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {

// Immutable and thread-safe.
class Revocations {
 public:
  // Parses the text of a revocations file (proto/pinion/v1/fleet.proto). Returns InvalidArgument
  // "FILE:LINE:COLUMN: PATH: problem; next step" for a version that is not from 1 to 2^53, more than 1,000 keys, and a
  // key that is no pin or occurs twice. Does not check its signatures.
  static absl::StatusOr<std::shared_ptr<const Revocations>> FromJson(absl::string_view text,
                                                                     absl::string_view file_name);

  int64_t version() const { return version_; }
  // Of the SubjectPublicKeyInfo of each revoked key.
  const std::vector<x509::Sha256Digest>& keys() const { return keys_; }
  // Digest of the first `count` keys, which number at most keys().size(): two lists with the same one begin alike.
  x509::Sha256Digest DigestOf(size_t count) const;

 private:
  Revocations() = default;

  int64_t version_ = 0;
  std::vector<x509::Sha256Digest> keys_;
};

// Whether both have the same version and keys. Null stands for none.
bool IsSameRevocations(const Revocations* a, const Revocations* b);

}  // namespace pinion

#endif  // PINION_FLEET_REVOCATIONS_H_
