#include "tools/pinion/pin_file/document_difference.h"

#include "absl/strings/str_cat.h"

namespace pinion::cli {

void CompareDocuments(const PinSet& old_set, const PinSet& new_set, std::vector<Change>* changes) {
  for (const Document& document : old_set.documents()) {
    const Document* const now = new_set.FindDocument(document.file);
    if (now == nullptr) {
      changes->push_back({"DOCUMENT_REMOVED", "", document.file, true,
                          absl::StrCat("document ", document.file,
                                       " is no longer listed: a process that uses it does not adopt this pin set")});
    } else if (now->digest != document.digest) {
      changes->push_back({"DOCUMENT_CHANGED", "", document.file, true,
                          absl::StrCat("document ", document.file,
                                       " has other contents: its roots or policy take effect with this pin set")});
    }
  }
  for (const Document& document : new_set.documents()) {
    if (old_set.FindDocument(document.file) != nullptr) continue;
    changes->push_back(
        {"DOCUMENT_ADDED", "", document.file, false, absl::StrCat("document ", document.file, " is new")});
  }
}

}  // namespace pinion::cli
