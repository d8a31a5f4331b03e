// `pinion pins document`: the digests of documents in a pin file.
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "tools/pinion/command.h"
#include "tools/pinion/document_files.h"
#include "tools/pinion/pin_file/pin_file_text.h"
#include "tools/pinion/pins_command.h"

namespace pinion::cli {
namespace {

struct Arguments {
  ToEdit edit;
  std::vector<std::string> documents;
  bool remove = false;
};

// `pin_set` is what the text is of.
absl::Status SetDocument(const Arguments& arguments, const std::string& document, const PinSet& pin_set,
                         PinFileText* text) {
  if (!IsDocumentName(document)) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(document),
                     " is not the name of a document, which is its path relative to the pin file, without ..,"));
  }
  const absl::StatusOr<std::string> contents = ReadDocument(arguments.edit.file, document);
  if (!contents.ok()) return contents.status();
  const absl::StatusOr<x509::Sha256Digest> digest = x509::Sha256(*contents);
  if (!digest.ok()) return digest.status();
  const Document* const before = pin_set.FindDocument(document);
  if (before == nullptr || before->digest != *digest) text->SetDocument(document, x509::ToHex(*digest));
  return absl::OkStatus();
}

absl::StatusOr<EditedPinFile> Edit(const Arguments& arguments, const std::string& text) {
  EditedPinFile edited;
  absl::StatusOr<std::shared_ptr<const PinSet>> before = PinSet::FromJson(text, arguments.edit.file);
  if (!before.ok()) return before.status();
  edited.before = *std::move(before);
  std::vector<std::string> documents = arguments.documents;
  for (const Document& document : edited.before->documents()) {
    if (arguments.documents.empty()) documents.push_back(document.file);
  }
  if (documents.empty()) return absl::InvalidArgumentError("the pin file lists no document; name one to add");
  PinFileText next(text);
  for (const std::string& document : documents) {
    if (arguments.remove && edited.before->FindDocument(document) == nullptr) {
      return absl::NotFoundError(absl::StrCat(Printable(document), " is no document of this pin file"));
    }
    if (arguments.remove) next.RemoveDocument(document);
    const absl::Status status =
        arguments.remove ? absl::OkStatus() : SetDocument(arguments, document, *edited.before, &next);
    if (!status.ok()) return status;
  }
  edited.after = edited.before;
  edited.text = text;
  if (next.text() == text) return edited;
  if (edited.before->version() == std::numeric_limits<int64_t>::max()) {
    return absl::FailedPreconditionError("its version is the greatest there is; set a small one by hand");
  }
  next.SetVersion(edited.before->version() + 1);
  absl::StatusOr<std::shared_ptr<const PinSet>> after = PinSet::FromJson(next.text(), arguments.edit.file);
  if (!after.ok()) return after.status();
  edited.after = *std::move(after);
  edited.text = next.text();
  return edited;
}

}  // namespace

void AddPinsDocument(CLI::App* pins, int* exit_code) {
  CLI::App* command =
      pins->add_subcommand("document", "Record the digests of roots and policies that belong to the pin file");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->edit.file, "the pin file")->required();
  command->add_option("DOCUMENT", arguments->documents,
                      "its path, relative to the pin file; by default, those that the pin file lists");
  command->add_flag("--remove", arguments->remove, "list these documents no longer")->needs("DOCUMENT");
  command->add_flag("--dry-run", arguments->edit.dry_run, "print what would change, and write nothing");
  AddOutputOption(command, &arguments->edit.output);
  command->footer(
      "Examples:\n"
      "  pinion pins document pins.json server-roots.pem orders-policy.json\n"
      "  pinion pins document pins.json --dry-run\n"
      "A configuration names documents in pin_set.documents. They are adopted together with the pin file.\n"
      "JSON: as of `pinion pins add`.\n"
      "Exit code: 0 done, or there was nothing to do; 1 refused; 2 unusable input.");
  command->callback([arguments, exit_code] {
    *exit_code = EditPinFile(arguments->edit, [&](const std::string& text) { return Edit(*arguments, text); });
  });
}

}  // namespace pinion::cli
