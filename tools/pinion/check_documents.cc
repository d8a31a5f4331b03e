#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/document_files.h"

namespace pinion::cli {

void CheckDocuments(const Deployment& deployment, std::vector<Finding>* findings) {
  for (const PinFile& pins : deployment.pin_files) {
    if (pins.is_copy) continue;
    for (size_t i = 0; i < pins.pin_set->documents().size(); ++i) {
      const Document& document = pins.pin_set->documents()[i];
      const Place place = PlaceOf(pins.text, pins.file, absl::StrCat("documents[", i, "]"));
      if (const absl::Status read = ReadFile(RelativeTo(pins.file, document.file)).status(); !read.ok()) {
        findings->push_back({Severity::kInfo, "DOCUMENT_MISSING", place, std::string(read.message()),
                             "put the file there, unless no process on this host uses it"});
        continue;
      }
      const absl::StatusOr<std::string> contents = ReadDocument(pins.file, document.file);
      const absl::Status status = contents.ok() ? CheckDigest(pins.file, document, *contents) : contents.status();
      if (status.ok()) continue;
      findings->push_back(FromError(Severity::kError, contents.ok() ? "DOCUMENT_CHANGED" : "DOCUMENT_INVALID",
                                    RelativeTo(pins.file, document.file), status));
    }
  }
}

}  // namespace pinion::cli
