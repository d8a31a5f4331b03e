// `pinion pins show`: the contents of a pin file.
#include <iostream>
#include <memory>

#include "absl/time/clock.h"
#include "tools/pinion/chain_files.h"
#include "tools/pinion/command.h"
#include "tools/pinion/pins_command.h"
#include "tools/pinion/pins_output.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string file;
  std::optional<std::string> time;
  std::string output = "table";
};

int Run(const Arguments& arguments) {
  const absl::StatusOr<absl::Time> now = TimeOption("--time", arguments.time, absl::Now());
  if (!now.ok()) return Unusable(now.status());
  const absl::StatusOr<std::shared_ptr<const PinSet>> set = ReadPinSet(arguments.file);
  if (!set.ok()) return Unusable(set.status());
  std::cout << (arguments.output == "json" ? PinSetJson(arguments.file, **set, *now)
                                           : PinSetTable(arguments.file, **set, *now));
  return kYes;
}

}  // namespace

void AddPinsShow(CLI::App* pins, int* exit_code) {
  CLI::App* command = pins->add_subcommand("show", "List peers, hosts and pins, with state, kind and days left");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "the pin file")->required();
  command->add_option("--time", arguments->time, "as of this RFC 3339 time instead of now");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion pins show pins.json\n"
      "  pinion pins show pins.json -o json\n"
      "JSON: {\"version\": 1, \"file\", \"pin_set_version\", \"expires\", \"documents\": [{\"file\", \"sha256\"}],\n  "
      "\"peers\": [{\"name\", \"hosts\", "
      "\"identities\", "
      "\"report_only_until\",\n"
      "  \"pins\": [{\"pin\", \"kind\", \"state\", \"not_before\", \"not_after\", \"days_left\", \"accepted\", "
      "\"proven_on\"}]}]};\n"
      "  a time that is not set is null.\n"
      "Exit code: 0 shown, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
