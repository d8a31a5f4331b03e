// The root of trust of a fleet: which keys sign its pin sets.
#ifndef PINION_FLEET_FLEET_TRUST_H_
#define PINION_FLEET_FLEET_TRUST_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/fleet/file_signatures.h"

namespace pinion {

// Immutable and thread-safe. Follows these rules:
//  - fleet is a name of [A-Za-z0-9._-] and at most 63 characters; epoch and version are from 1 to 2^53
//  - each role has from 1 to 32 keys, and a threshold from 1 to their number; no key occurs twice, in any role
//  - only the revoker role may be absent
class FleetTrust {
 public:
  // Parses the text of a trust file (proto/pinion/v1/fleet.proto) of at most 64 kB. Returns InvalidArgument
  // "FILE:LINE:COLUMN: PATH: problem; next step" on error. Does not check its signatures.
  static absl::StatusOr<std::shared_ptr<const FleetTrust>> FromJson(absl::string_view text, absl::string_view file_name,
                                                                    FileSignatures signatures = {});

  // A text and its name in errors.
  struct Named {
    absl::string_view text;
    std::string name;
  };
  // The same from a file and its signatures file. Unauthenticated, with the file's name, if its own root role has not
  // signed it.
  static absl::StatusOr<std::shared_ptr<const FleetTrust>> FromSigned(const Named& file, const Named& signatures);

  const std::string& fleet() const { return fleet_; }
  int64_t epoch() const { return epoch_; }
  int64_t version() const { return version_; }
  const SigningRole& root() const { return root_; }
  const SigningRole& publisher() const { return publisher_; }
  // Without keys if the role is absent.
  const SigningRole& revoker() const { return revoker_; }
  // The exact text.
  const std::string& text() const { return text_; }

  // The bytes that the root role signs: "pinion.v1.FleetTrust", the fleet, the epoch, each ended by a line feed, and
  // the text of this trust file.
  std::string SignedBytes() const;
  // The bytes that the publisher role signs: "pinion.v1.PinSet", the fleet, the epoch, each ended by a line feed, and
  // the text of the pin file.
  std::string SignedBytesOf(absl::string_view pin_set) const;

  // The bytes that the revoker role signs: the same with "pinion.v1.Revocations" and the text of the revocations.
  std::string SignedBytesOfRevocations(absl::string_view revocations) const;

  // OK if its own root role has signed it; Unauthenticated otherwise.
  absl::Status CheckOwnSignatures() const;
  // OK if this is `before`, or a later version, of the same fleet and not of an earlier epoch, that the root role of
  // `before` has signed; Unauthenticated otherwise.
  absl::Status CheckFollows(const FleetTrust& before) const;
  // OK if the publisher role has signed the text of the pin file; Unauthenticated otherwise.
  absl::Status CheckPinSet(absl::string_view pin_set, const FileSignatures& signatures) const;
  // The same for revocations and the revoker role.
  absl::Status CheckRevocations(absl::string_view revocations, const FileSignatures& signatures) const;

 private:
  FleetTrust() = default;

  std::string text_;
  FileSignatures signatures_;
  std::string fleet_;
  int64_t epoch_ = 0;
  int64_t version_ = 0;
  SigningRole root_;
  SigningRole publisher_;
  SigningRole revoker_;
};

// Whether both are the same trust file. Null stands for a pin set that is not signed.
bool IsSameTrust(const FleetTrust* a, const FleetTrust* b);

}  // namespace pinion

#endif  // PINION_FLEET_FLEET_TRUST_H_
