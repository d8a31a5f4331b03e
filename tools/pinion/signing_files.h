// Trust files, signatures files, and the keys that sign.
#ifndef PINION_TOOLS_PINION_SIGNING_FILES_H_
#define PINION_TOOLS_PINION_SIGNING_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/fleet/fleet_trust.h"
#include "pinion/x509/signature.h"
#include "tools/pinion/command.h"

namespace pinion::cli {

// Reads a trust file and, if there are any, its signatures. Does not check them.
absl::StatusOr<std::shared_ptr<const FleetTrust>> ReadTrust(const std::string& file);

// The same for a trust file that something is built on. Unauthenticated unless its own root role has signed it.
absl::StatusOr<std::shared_ptr<const FleetTrust>> ReadSignedTrust(const std::string& file);

// The signatures of a file; none if FILE.sig does not exist.
absl::StatusOr<FileSignatures> ReadSignatures(const std::string& file);

// Whether a text is meant as revocations, not as a pin set.
bool AreRevocations(absl::string_view text);

// Of a file with one key that can sign: a certificate, request, public or private key. DER SubjectPublicKeyInfo.
absl::StatusOr<std::string> ReadSpki(const std::string& file);

// For trust files that are not signed: 1; for other faults of the input: 2. Reports on stderr.
int RefusedOrUnusable(const absl::Status& status);

// The options of a command that signs.
struct SigningArguments {
  std::string file;
  std::string key;
  std::string signature;
  bool prints_bytes = false;
};
void AddSigningOptions(CLI::App* command, SigningArguments* arguments);

// What a command signs.
struct ToSign {
  std::string text;   // of the file
  std::string bytes;  // that are signed for it
  SigningRole role;
  // Keys outside of the role whose signatures count elsewhere.
  SigningRole others;
};
// Writes the signed bytes to the standard output, or adds a signature to FILE.sig and reports what is missing. Refuses
// if the file no longer has this text. Returns the exit code.
int SignFile(const SigningArguments& arguments, const ToSign& to_sign);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_SIGNING_FILES_H_
