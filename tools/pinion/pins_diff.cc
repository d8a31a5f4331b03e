// `pinion pins diff`: what another pin file would change, and for which peers.
#include <iostream>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "tools/pinion/chain_files.h"
#include "tools/pinion/command.h"
#include "tools/pinion/pins_command.h"
#include "tools/pinion/pins_output.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string old_file;
  std::string new_file;
  std::optional<std::string> time;
  std::string output = "table";
};

// A process with the old file in effect refuses one that is not newer, unless its contents are the same.
void WarnOfVersion(const DiffResult& result) {
  if (result.new_version > result.old_version) return;
  std::cerr << "pinion: version does not rise: " << result.old_version << " in " << absl::CHexEscape(result.old_file)
            << ", " << result.new_version << " in " << absl::CHexEscape(result.new_file)
            << "; a process with the old one in effect refuses the new one\n";
}

int Run(const Arguments& arguments) {
  const absl::StatusOr<absl::Time> now = TimeOption("--time", arguments.time, absl::Now());
  if (!now.ok()) return Unusable(now.status());
  const absl::StatusOr<std::shared_ptr<const PinSet>> old_set = ReadPinSet(arguments.old_file);
  if (!old_set.ok()) return Unusable(old_set.status());
  const absl::StatusOr<std::shared_ptr<const PinSet>> new_set = ReadPinSet(arguments.new_file);
  if (!new_set.ok()) return Unusable(new_set.status());
  const DiffResult result = {arguments.old_file, arguments.new_file, (*old_set)->version(), (*new_set)->version(),
                             Compare(**old_set, **new_set, *now)};
  if (!(*old_set)->SaysTheSameAs(**new_set)) WarnOfVersion(result);
  std::cout << (arguments.output == "json" ? DiffJson(result) : DiffTable(result));
  return result.changes.empty() ? kYes : kNo;
}

}  // namespace

void AddPinsDiff(CLI::App* pins, int* exit_code) {
  CLI::App* command = pins->add_subcommand("diff", "Describe what another pin file would change, and for which peers");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("OLD", arguments->old_file, "the pin file in effect")->required();
  command->add_option("NEW", arguments->new_file, "the new pin file")->required();
  command->add_option("--time", arguments->time, "as of this RFC 3339 time instead of now");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion pins diff deployed.json pins.json\n"
      "  pinion pins diff deployed.json pins.json -o json\n"
      "Dangerous changes come first: a peer that is accepted today may be refused, or a refused one accepted.\n"
      "JSON: {\"version\": 1, \"old\": {\"file\", \"version\"}, \"new\": {...}, \"version_rises\",\n"
      "  \"changes\": [{\"code\", \"peer\", \"subject\", \"dangerous\", \"text\"}]}; the subject is a pin, host or "
      "identity.\n"
      "Exit code: 0 nothing changes for any peer, 1 something does, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
