// Trust files, signatures files, and the keys that sign.
#ifndef PINION_TOOLS_PINION_SIGNING_FILES_H_
#define PINION_TOOLS_PINION_SIGNING_FILES_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/pin/fleet_trust.h"
#include "pinion/x509/signature.h"
#include "tools/pinion/command.h"

namespace pinion::cli {

// Reads a trust file and, if there are any, its signatures. Does not check them.
absl::StatusOr<std::shared_ptr<const FleetTrust>> ReadTrust(const std::string& file);

// The signatures of a file; none if FILE.sig does not exist.
absl::StatusOr<FileSignatures> ReadSignatures(const std::string& file);

// Of a file with one key that can sign: a certificate, request, public or private key. DER SubjectPublicKeyInfo.
absl::StatusOr<std::string> ReadSpki(const std::string& file);

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
  std::string bytes;
  SigningRole role;
  // Whether the signatures of keys that are not in the role count elsewhere, so that they may be made.
  bool takes_other_keys = false;
};
// Writes the signed bytes to the standard output, or adds a signature to FILE.sig and reports what is missing. Returns
// the exit code.
int SignFile(const SigningArguments& arguments, const ToSign& to_sign);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_SIGNING_FILES_H_
