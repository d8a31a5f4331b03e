// The signatures of a file, and a role whose keys must make some of them.
#ifndef PINION_FLEET_FILE_SIGNATURES_H_
#define PINION_FLEET_FILE_SIGNATURES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/signature.h"

namespace pinion {

// Where the signatures of a file are.
inline std::string SignaturesFileOf(absl::string_view file) { return std::string(file) + ".sig"; }

struct FileSignature {
  x509::Sha256Digest key;  // of the SubjectPublicKeyInfo
  std::string signature;
};

// The contents of a signatures file. At most one signature of each key.
class FileSignatures {
 public:
  FileSignatures() = default;
  // Parses the text of a signatures file (proto/pinion/v1/fleet.proto), of at most 64 kB. Returns InvalidArgument with
  // the position of the fault.
  static absl::StatusOr<FileSignatures> FromJson(absl::string_view text, absl::string_view file_name);

  const std::vector<FileSignature>& all() const { return all_; }
  // Null if the key has not signed.
  const std::string* Find(const x509::Sha256Digest& key) const;
  // Adds it, or replaces that of the same key.
  void Set(FileSignature signature);
  // The text of a signatures file.
  std::string ToJson() const;

 private:
  std::vector<FileSignature> all_;
};

// Keys of which `threshold` must sign.
struct SigningRole {
  std::string name;  // in errors: "publisher"
  std::vector<x509::PublicKey> keys;
  int threshold = 1;

  bool Has(const x509::Sha256Digest& key) const;
};

// Returns Unauthenticated, with the state of each key's signature, unless `threshold` keys of the role have signed
// these bytes.
absl::Status CheckSigned(absl::string_view bytes, const FileSignatures& signatures, const SigningRole& role);

}  // namespace pinion

#endif  // PINION_FLEET_FILE_SIGNATURES_H_
