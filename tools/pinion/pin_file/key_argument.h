// A key named on a command line: by its pin, or by a file that contains it.
#ifndef PINION_TOOLS_PINION_PIN_FILE_KEY_ARGUMENT_H_
#define PINION_TOOLS_PINION_PIN_FILE_KEY_ARGUMENT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/pin/pin.h"

namespace pinion::cli {

struct KeyArgument {
  // The digest of the public key, or of whatever a pin given as text denotes.
  x509::Sha256Digest digest = {};
  // The digest of the certificate, if the file contains one.
  std::optional<x509::Sha256Digest> certificate_digest;
  bool is_text = false;
  // Whether the file has the certificate of a CA.
  bool is_ca = false;

  // The pin of this kind; InvalidArgument for a certificate pin without a certificate.
  absl::StatusOr<Pin> AsPin(PinKind kind) const;
  // Whether a pin denotes this key.
  bool IsFor(const Pin& pin) const;
};

// Parses "sha256/…=", or reads a file with one key: a certificate, request, public or private key, PEM or DER.
// InvalidArgument with the keys' pins if a file has several, since the choice is ambiguous.
absl::StatusOr<KeyArgument> ParseKeyArgument(const std::string& text);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_KEY_ARGUMENT_H_
