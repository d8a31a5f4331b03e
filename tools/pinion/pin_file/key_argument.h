// A key as it is named on a command line: by its pin, or by a file that holds it.
#ifndef PINION_TOOLS_PINION_PIN_FILE_KEY_ARGUMENT_H_
#define PINION_TOOLS_PINION_PIN_FILE_KEY_ARGUMENT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/pin/pin.h"

namespace pinion::cli {

struct KeyArgument {
  // Of the public key, or whatever a pin that was given as text is of.
  x509::Sha256Digest digest = {};
  // Of the certificate, where a file with one was given.
  std::optional<x509::Sha256Digest> certificate_digest;
  bool is_text = false;

  // The pin of this kind; InvalidArgument for a certificate's where there is no certificate.
  absl::StatusOr<Pin> AsPin(PinKind kind) const;
  // Whether a pin is of this key.
  bool IsFor(const Pin& pin) const;
};

// From "sha256/…=", or a file with one key: a certificate, request, public or private key, PEM or DER. InvalidArgument
// with the keys' pins where a file has several, since it does not say which one is meant.
absl::StatusOr<KeyArgument> ParseKeyArgument(const std::string& text);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PIN_FILE_KEY_ARGUMENT_H_
