// Recognizes the kind of an input file by its contents.
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
  kCensus,
  kCertificates,  // PEM, or one in DER
  kPrivateKey,
  kUnknown,
};

// JSON is recognized by its top-level keys, as far as it can be parsed. A configuration is a server's if it has
// "server" or roots for clients, and a client's if it has roots for servers, or nothing of a server's. The loader of
// each kind decides whether the contents are valid.
InputKind KindOf(absl::string_view contents);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_INPUT_KIND_H_
