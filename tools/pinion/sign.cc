// `pinion sign` and `pinion verify-set`: signatures of a pin set by the publishers of a fleet.
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/pin/pin_set.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/signing_files.h"

namespace pinion::cli {
namespace {

struct Arguments {
  SigningArguments signing;
  std::string trust;
  std::string output = "table";
};

// The trust and the text of a pin file; both are valid.
struct Inputs {
  std::shared_ptr<const FleetTrust> trust;
  std::string text;
  std::shared_ptr<const PinSet> pin_set;
};

absl::StatusOr<Inputs> ReadInputs(const Arguments& arguments) {
  Inputs inputs;
  // A trust file that nobody has signed could name another fleet or epoch than the signer means.
  absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = ReadSignedTrust(arguments.trust);
  if (!trust.ok()) return trust.status();
  inputs.trust = *std::move(trust);
  absl::StatusOr<std::string> text = ReadFile(arguments.signing.file);
  if (!text.ok()) return text.status();
  inputs.text = *std::move(text);
  absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = PinSet::FromJson(inputs.text, arguments.signing.file);
  if (!pin_set.ok()) return pin_set.status();
  inputs.pin_set = *std::move(pin_set);
  return inputs;
}

int Sign(const Arguments& arguments) {
  const absl::StatusOr<Inputs> inputs = ReadInputs(arguments);
  if (!inputs.ok()) return RefusedOrUnusable(inputs.status());
  const FleetTrust& trust = *inputs->trust;
  const int exit_code =
      SignFile(arguments.signing, {inputs->text, trust.SignedBytesOf(inputs->text), trust.publisher(), {}});
  if (exit_code == kYes && !arguments.signing.prints_bytes) {
    std::cout << "  version " << inputs->pin_set->version() << ", for fleet " << trust.fleet() << ", epoch "
              << trust.epoch() << ", under version " << trust.version() << " of the trust file\n";
  }
  return exit_code;
}

int Verify(const Arguments& arguments) {
  const absl::StatusOr<Inputs> inputs = ReadInputs(arguments);
  if (!inputs.ok()) return RefusedOrUnusable(inputs.status());
  const absl::StatusOr<FileSignatures> signatures = ReadSignatures(arguments.signing.file);
  if (!signatures.ok()) return Unusable(signatures.status());
  const absl::Status status = inputs->trust->CheckPinSet(inputs->text, *signatures);
  if (arguments.output == "json") {
    std::cout << JsonText({{"version", 1},
                           {"file", arguments.signing.file},
                           {"pin_set_version", inputs->pin_set->version()},
                           {"fleet", inputs->trust->fleet()},
                           {"epoch", inputs->trust->epoch()},
                           {"trust_version", inputs->trust->version()},
                           {"signed", status.ok()},
                           {"error", std::string(status.message())}});
  } else {
    std::cout << (status.ok() ? "SIGNED" : "UNSIGNED") << "  " << Printable(arguments.signing.file) << ", version "
              << inputs->pin_set->version() << ", for fleet " << inputs->trust->fleet() << ", epoch "
              << inputs->trust->epoch() << ", under version " << inputs->trust->version() << " of the trust file\n";
    if (!status.ok()) std::cout << "  " << Printable(status.message()) << "\n";
  }
  return status.ok() ? kYes : kNo;
}

}  // namespace

void AddSign(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("sign", "Sign a pin set as a publisher of a fleet");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->signing.file, "the pin file; its signatures are in FILE.sig")->required();
  command->add_option("--trust", arguments->trust, "the trust file of the fleet")->required();
  AddSigningOptions(command, &arguments->signing);
  command->footer(
      "Examples:\n"
      "  pinion sign pins.json --trust trust.json --key publisher-key.pem\n"
      "  pinion sign pins.json --trust trust.json --bytes > bytes\n"
      "  openssl pkeyutl -sign -rawin -inkey publisher-key.pem -in bytes -out signature\n"
      "  pinion sign pins.json --trust trust.json --key publisher.pem --signature signature\n"
      "Signatures of earlier contents of FILE are left out. Use the newest trust file, and `pinion verify-set` to see\n"
      "whether enough publishers have signed.\n"
      "Exit code: 0 this key has signed; 1 refused: the trust file is not signed, the key is not a publisher's, or the "
      "signature "
      "is\n"
      "  wrong; 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Sign(*arguments); });
}

void AddVerifySet(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("verify-set", "Whether the publishers of a fleet have signed a pin set");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->signing.file, "the pin file; its signatures are in FILE.sig")->required();
  command->add_option("--trust", arguments->trust, "the trust file of the fleet")->required();
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Example:\n"
      "  pinion verify-set pins.json --trust trust.json\n"
      "JSON: {\"version\": 1, \"file\", \"pin_set_version\", \"fleet\", \"epoch\", \"trust_version\", \"signed\",\n"
      "  \"error\"}.\n"
      "Exit code: 0 signed, 1 not signed, or the trust file is not, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Verify(*arguments); });
}

}  // namespace pinion::cli
