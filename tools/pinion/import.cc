// `pinion import`: a pin file from the pins of other software.
#include <iostream>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "tools/pinion/command.h"
#include "tools/pinion/foreign_pins/imported.h"
#include "tools/pinion/pin_file/key_argument.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string format;
  std::string file = "-";
  std::string host;
  std::string name;
  std::string kind = "spki";
  std::vector<std::string> backups;
  bool peers_only = false;
};

absl::StatusOr<Imported> ImportFrom(const Arguments& arguments) {
  ImportOptions options;
  options.host = arguments.host;
  options.name = arguments.name;
  options.kind = arguments.kind == "issuer_spki" ? PinKind::kIssuerSpki : PinKind::kSpki;
  for (const std::string& text : arguments.backups) {
    const absl::StatusOr<KeyArgument> key = ParseKeyArgument(text);
    if (!key.ok()) return key.status();
    options.backups.push_back({options.kind, key->digest});
  }
  const absl::StatusOr<std::string> text = ReadInput(arguments.file);
  if (!text.ok()) return text.status();
  const Format& format = *FindFormat(arguments.format);
  const std::string file = arguments.file == "-" ? "stdin" : absl::CHexEscape(arguments.file);
  const absl::StatusOr<ForeignPins> pins = format.parse(*text, file);
  if (!pins.ok()) return pins.status();
  return Import(format, *pins, options);
}

int Run(const Arguments& arguments) {
  const absl::StatusOr<Imported> imported = ImportFrom(arguments);
  if (!imported.ok()) {
    const int code = Unusable(imported.status());
    return absl::IsFailedPrecondition(imported.status()) ? kNo : code;
  }
  std::cout << (arguments.peers_only ? imported->peers : imported->pin_file);
  for (const std::string& remark : imported->remarks) std::cerr << "pinion: " << Printable(remark) << "\n";
  return kYes;
}

}  // namespace

void AddFormatOption(CLI::App* command, std::string* format) {
  std::vector<std::string> names;
  for (const Format& one : Formats()) names.emplace_back(one.name);
  command->add_option("--format", *format, "format of the pins")->required()->check(CLI::IsMember(names));
}

void AddImport(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("import", "Make a pin file of the pins of other software");
  auto arguments = std::make_shared<Arguments>();
  AddFormatOption(command, &arguments->format);
  command->add_option("FILE", arguments->file, "what to import; - is stdin")->capture_default_str();
  command->add_option("--host", arguments->host, "host of the pins (curl, envoy, hpkp), or host to import (others)");
  command->add_option("--name", arguments->name, "name of the peer; by default its first host");
  command->add_option("--kind", arguments->kind, "what the pins are of: the server's key, or a CA's")
      ->check(CLI::IsMember({"spki", "issuer_spki"}))
      ->capture_default_str();
  command->add_option("--backup", arguments->backups, "a further pin, as PIN or as a file that holds the key")
      ->allow_extra_args(false);
  command->add_flag("--peers-only", arguments->peers_only, "print the peers alone, to be put into a pin file");
  command->footer(
      "Examples:\n"
      "  pinion import --format okhttp Pinner.java > pins.json\n"
      "  pinion import --format curl pinned.txt --host payments.internal --name payments\n"
      "  pinion import --format hpkp nginx-header.conf --host payments.internal\n"
      "  pinion import --format android network_security_config.xml --host payments.internal --backup next.pem\n"
      "Files: okhttp reads Java and Kotlin source files, and no constants in them; curl reads a .curlrc; hpkp reads "
      "the\n"
      "header, or the directive of nginx or Apache that sets it; android knows TrustKit-Android's elements.\n"
      "Remarks on stderr name what a pin file cannot express, such as a day from which pinning is off.\n"
      "Exit code: 0 imported, 1 no valid pin file can be made of it, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
