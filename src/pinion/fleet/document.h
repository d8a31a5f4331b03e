// Files of a fleet that belong to a pin set, which has their digests: roots and authorization policies.
#ifndef PINION_FLEET_DOCUMENT_H_
#define PINION_FLEET_DOCUMENT_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {

struct Document {
  std::string file;
  x509::Sha256Digest digest;
};

// By digest.
using DocumentTexts = absl::flat_hash_map<x509::Sha256Digest, std::string>;

// Whether it is a path of at most 255 printable ASCII characters, relative, with '/' between parts of which none is
// empty, "." or "..".
bool IsDocumentName(absl::string_view file);

// Returns InvalidArgument "problem; next step" for a document that breaks a rule of PinSet.
absl::StatusOr<Document> ParseDocument(const v1::Document& proto);

}  // namespace pinion

#endif  // PINION_FLEET_DOCUMENT_H_
