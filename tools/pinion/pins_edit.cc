// What the subcommands that edit a pin file share.
#include <iostream>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/fleet/file_signatures.h"
#include "tools/pinion/command.h"
#include "tools/pinion/pin_file/difference.h"
#include "tools/pinion/pins_command.h"
#include "tools/pinion/pins_output.h"

namespace pinion::cli {
namespace {

int Refuse(const std::string& file, const absl::Status& status) {
  if (!absl::IsFailedPrecondition(status)) return Unusable(status);
  std::cerr << "pinion: refused, " << absl::CHexEscape(file) << " is as it was: " << Printable(status.message())
            << "\n";
  return kNo;
}

}  // namespace

int EditPinFile(const ToEdit& what, const std::function<absl::StatusOr<EditedPinFile>(const std::string& text)>& edit) {
  const std::string file = ResolveLinks(what.file);
  const absl::StatusOr<FileLock> lock = FileLock::OnFolderOf(file, kEditPatience);
  if (!lock.ok()) return Unusable(lock.status());
  const absl::StatusOr<std::string> text = ReadFile(what.file);
  if (!text.ok()) return Unusable(text.status());
  const absl::StatusOr<EditedPinFile> edited = edit(*text);
  if (!edited.ok()) return Refuse(what.file, edited.status());
  const bool writes = !what.dry_run && edited->text != *text;
  if (writes) {
    const absl::Status status =
        ReplaceFile(file, edited->text, {/*mode=*/0644, /*expected=*/*text, /*is_durable=*/true}).status();
    if (!status.ok()) return Unusable(status);
  }
  const StepResult result = {what.file, edited->before->version(), edited->after->version(), writes,
                             Compare(*edited->before, *edited->after, absl::Now())};
  std::cout << (what.output == "json" ? StepJson(result) : StepTable(result));
  if (writes && ReadFile(SignaturesFileOf(what.file)).ok()) {
    std::cerr << "pinion: the signatures in " << Printable(SignaturesFileOf(what.file))
              << " are those of the contents before; processes that need signatures adopt it after `pinion sign`\n";
  }
  for (const std::string& remark : edited->remarks) std::cerr << "pinion: " << Printable(remark) << "\n";
  return kYes;
}

}  // namespace pinion::cli
