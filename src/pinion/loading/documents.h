// Documents of the pin set as sources of roots and policies.
#ifndef PINION_LOADING_DOCUMENTS_H_
#define PINION_LOADING_DOCUMENTS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/fleet/document.h"
#include "pinion/pin/pin_set.h"
#include "pinion/source/source.h"
#include "pinion/workload_options.h"

namespace pinion {

// The documents of one pin set, the one whose values are read next. Not thread-safe.
class DocumentSources {
 public:
  // Reads of the sources return this pin set's documents from now on.
  void Use(std::shared_ptr<const PinSet> pin_set) { *pin_set_ = std::move(pin_set); }
  // A source that pushes nothing, since it changes with the pin set only.
  std::shared_ptr<Source> Open(const std::string& document) const;

 private:
  const std::shared_ptr<std::shared_ptr<const PinSet>> pin_set_ = std::make_shared<std::shared_ptr<const PinSet>>();
};

// The names of those that the options use, each once.
std::vector<std::string> DocumentsInUse(const WorkloadOptions& options);

// The texts that follow the first `skip`, by digest.
absl::StatusOr<DocumentTexts> ByDigest(const std::vector<std::string>& texts, size_t skip);

enum class DocumentKind { kRoots, kPolicy };

// Whether a process can use the text. Errors begin with the name.
absl::Status CheckDocument(DocumentKind kind, const std::string& name, const std::string& text);

// In errors: its path, if the pin set is a file.
std::string NameOfDocument(const WorkloadOptions& options, const std::string& document);

// Whether the pin set has each document that the options use, and it is of the right kind, so that no pin set is
// adopted without them. If the pin set is in etcd: also whether it has each document that it lists, and the texts are
// no others, so that a copy is complete and nothing else is kept. Errors begin with the name of the document.
absl::Status CheckDocuments(const WorkloadOptions& options, const PinSet& pin_set, size_t texts);

}  // namespace pinion

#endif  // PINION_LOADING_DOCUMENTS_H_
