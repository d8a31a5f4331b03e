// `pinion pin`: the pins of certificates, certificate requests and keys.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/x509/key.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"

namespace pinion::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::vector<std::string> files;
  std::string output = "table";
};

int Run(const Arguments& arguments) {
  std::string table;
  Json json = {{"version", 1}, {"pins", Json::array()}};
  for (const std::string& file : arguments.files) {
    const absl::StatusOr<std::string> bytes = ReadInput(file);
    if (!bytes.ok()) return Unusable(bytes.status());
    const absl::StatusOr<std::vector<x509::FoundKey>> keys = x509::FindKeys(*bytes);
    if (!keys.ok()) return Unusable(absl::InvalidArgumentError(file + ": " + std::string(keys.status().message())));
    for (const x509::FoundKey& key : *keys) {
      const std::string pin = x509::ToPinText(key.spki_digest);
      absl::StrAppend(&table, pin, "  ", Printable(file), ": ", Printable(key.source), "\n");
      json["pins"].push_back({{"pin", pin}, {"file", file}, {"of", Printable(key.source)}});
    }
  }
  std::cout << (arguments.output == "json" ? JsonText(json) : table);
  return kYes;
}

}  // namespace

void AddPin(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("pin", "Print the pins of certificates, certificate requests and keys");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->files, "PEM or DER; - is stdin")->required();
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion pin payments.pem\n"
      "  openssl s_client -connect localhost:8443 </dev/null | pinion pin -\n"
      "JSON: {\"version\": 1, \"pins\": [{\"pin\", \"file\", \"of\"}]}.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
