// `pinion export`: a pin file's pins for other software.
#include <iostream>
#include <memory>

#include "absl/time/clock.h"
#include "pinion/base/printable.h"
#include "tools/pinion/chain_files.h"
#include "tools/pinion/command.h"
#include "tools/pinion/foreign_pins/exported.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string file;
  std::string format;
  ExportOptions options;
};

int Run(const Arguments& arguments) {
  const absl::StatusOr<std::shared_ptr<const PinSet>> set = ReadPinSet(arguments.file);
  if (!set.ok()) return Unusable(set.status());
  const absl::StatusOr<Exported> exported =
      Export(*FindFormat(arguments.format), **set, arguments.options, absl::Now());
  if (!exported.ok()) {
    const int code = Unusable(exported.status());
    return absl::IsFailedPrecondition(exported.status()) ? kNo : code;
  }
  std::cout << exported->text;
  for (const std::string& remark : exported->remarks) std::cerr << "pinion: " << Printable(remark) << "\n";
  return kYes;
}

}  // namespace

void AddExport(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("export", "Write a pin file's pins for other software");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "the pin file")->required();
  AddFormatOption(command, &arguments->format);
  CLI::Option* peer = command->add_option("--peer", arguments->options.peer, "one peer, by name");
  command->add_option("--host", arguments->options.host, "one host, with the pins of the peer that is dialled as it")
      ->excludes(peer);
  command->footer(
      "Examples:\n"
      "  pinion export pins.json --format okhttp\n"
      "  pinion export pins.json --format android --peer payments\n"
      "  curl --cacert ca.pem --cert client.pem --key client-key.pem --pinnedpubkey "
      "\"$(pinion export pins.json --format curl --host localhost)\" https://localhost:8443/\n"
      "What the format cannot carry (states, revocations, times, identities, ...) is listed on stderr, each by name.\n"
      "Exit code: 0 exported, 1 the format cannot carry it in a way that is of use, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
