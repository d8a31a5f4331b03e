// The documents of a pin file, as files beside it.
#ifndef PINION_TOOLS_PINION_DOCUMENT_FILES_H_
#define PINION_TOOLS_PINION_DOCUMENT_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/loading/documents.h"
#include "pinion/pin/pin_set.h"

namespace pinion::cli {

// The contents of a document, by its name. InvalidArgument if they are neither roots (PEM) nor a policy.
absl::StatusOr<std::string> ReadDocument(const std::string& pin_file, const std::string& document);

// By its contents.
DocumentKind DocumentKindOf(const std::string& contents);

// FailedPrecondition unless the contents have the digest that the pin set lists.
absl::Status CheckDigest(const std::string& pin_file, const Document& document, const std::string& contents);

// The contents of all documents that the pin set lists, in its order, each once.
absl::StatusOr<std::vector<std::string>> ReadDocuments(const std::string& pin_file, const PinSet& pin_set);

// FailedPrecondition if a document that exists is not the one that the pin set lists, or no process could use it. Adds
// the names of those that do not exist.
absl::Status CheckPresentDocuments(const std::string& pin_file, const PinSet& pin_set,
                                   std::vector<std::string>* missing);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DOCUMENT_FILES_H_
