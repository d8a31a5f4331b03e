// `pinion pin`: the pins of whatever holds a key.
#include <iostream>
#include <memory>
#include <vector>

#include "pinion/x509/key.h"
#include "tools/pinion/command.h"

namespace pinion::cli {
namespace {

int Run(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const absl::StatusOr<std::string> bytes = ReadFileOrStdin(file);
    if (!bytes.ok()) return Unusable(bytes.status());
    const absl::StatusOr<std::vector<x509::FoundKey>> keys = x509::FindKeys(*bytes);
    if (!keys.ok()) return Unusable(absl::InvalidArgumentError(file + ": " + std::string(keys.status().message())));
    for (const x509::FoundKey& key : *keys) {
      std::cout << x509::ToPinText(key.spki_digest) << "  " << file << ": " << key.source << "\n";
    }
  }
  return kYes;
}

}  // namespace

void AddPin(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("pin", "Print the pins of certificates, certificate requests and keys");
  auto files = std::make_shared<std::vector<std::string>>();
  command->add_option("FILE", *files, "PEM or DER; - is stdin")->required();
  command->footer(
      "Examples:\n  pinion pin payments.pem\n  openssl s_client -connect HOST:PORT </dev/null | pinion pin -");
  command->callback([files, exit_code] { *exit_code = Run(*files); });
}

}  // namespace pinion::cli
