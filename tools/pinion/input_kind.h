// What a file of the input is, told by its contents.
#ifndef PINION_TOOLS_PINION_INPUT_KIND_H_
#define PINION_TOOLS_PINION_INPUT_KIND_H_

#include "absl/strings/string_view.h"

namespace pinion::cli {

enum class InputKind {
  kClientConfig,
  kServerConfig,
  kClientAndServerConfig,
  kPinSet,
  kPolicy,
  kStatus,
  kCertificates,  // PEM, or one in DER
  kPrivateKey,
  kUnknown,
};

// JSON is told by the names at its top, as far as it can be read. A configuration is a server's where it has "server"
// or roots for clients, and a client's where it has roots for servers, or nothing of a server's. Whether the contents
// are valid is for their loader to say.
InputKind KindOf(absl::string_view contents);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_INPUT_KIND_H_
