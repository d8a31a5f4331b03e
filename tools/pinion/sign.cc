// `pinion sign` and `pinion verify-set`: signatures of a pin set by the publishers of a fleet, and of revocations by
// its revokers.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/pin/pin_set.h"
#include "tools/pinion/command.h"
#include "tools/pinion/document_files.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/signing_files.h"

namespace pinion::cli {
namespace {

struct Arguments {
  SigningArguments signing;
  std::string trust;
  std::string output = "table";
};

// A valid trust, and the text of a valid pin file or of valid revocations.
struct Inputs {
  std::shared_ptr<const FleetTrust> trust;
  std::string text;
  int64_t version = 0;
  bool is_revocations = false;
  std::vector<x509::Sha256Digest> revoked;
  absl::Status documents;            // whether those beside the pin file are the ones that it lists
  std::vector<std::string> missing;  // documents that are not there

  const SigningRole& role() const { return is_revocations ? trust->revoker() : trust->publisher(); }
  std::string SignedBytes() const {
    return is_revocations ? trust->SignedBytesOfRevocations(text) : trust->SignedBytesOf(text);
  }
  absl::Status Check(const FileSignatures& signatures) const {
    return is_revocations ? trust->CheckRevocations(text, signatures) : trust->CheckPinSet(text, signatures);
  }
  // "version 3, for fleet prod, epoch 1, under version 2 of the trust file"
  std::string Description() const {
    return absl::StrCat("version ", version, is_revocations ? " of the revocations" : "", ", for fleet ",
                        trust->fleet(), ", epoch ", trust->epoch(), ", under version ", trust->version(),
                        " of the trust file");
  }
};

absl::StatusOr<Inputs> ReadInputs(const Arguments& arguments) {
  const std::string& file = arguments.signing.file;
  Inputs inputs;
  // A trust file that nobody has signed could name another fleet or epoch than the signer means.
  absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = ReadSignedTrust(arguments.trust);
  if (!trust.ok()) return trust.status();
  inputs.trust = *std::move(trust);
  absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) return text.status();
  inputs.text = *std::move(text);
  inputs.is_revocations = AreRevocations(inputs.text);
  if (inputs.is_revocations) {
    const absl::StatusOr<std::shared_ptr<const Revocations>> revocations = Revocations::FromJson(inputs.text, file);
    if (!revocations.ok()) return revocations.status();
    inputs.version = (*revocations)->version();
    inputs.revoked = (*revocations)->keys();
    if (inputs.trust->revoker().keys.empty()) return inputs.Check({});
    return inputs;
  }
  const absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = PinSet::FromJson(inputs.text, file);
  if (!pin_set.ok()) return pin_set.status();
  inputs.version = (*pin_set)->version();
  inputs.documents = CheckPresentDocuments(file, **pin_set, &inputs.missing);
  return inputs;
}

void NameMissing(const Inputs& inputs, const std::string& file) {
  for (const std::string& document : inputs.missing) {
    std::cerr << "pinion: " << Printable(RelativeTo(file, document))
              << " does not exist, so that it was not compared with the digest in the pin file\n";
  }
}

int Sign(const Arguments& arguments) {
  const absl::StatusOr<Inputs> inputs = ReadInputs(arguments);
  if (!inputs.ok()) return RefusedOrUnusable(inputs.status());
  if (!inputs->documents.ok()) return RefusedOrUnusable(absl::UnauthenticatedError(inputs->documents.message()));
  NameMissing(*inputs, arguments.signing.file);
  const int exit_code = SignFile(arguments.signing, {inputs->text, inputs->SignedBytes(), inputs->role(), {}});
  if (exit_code != kYes || arguments.signing.prints_bytes) return exit_code;
  std::cout << "  " << inputs->Description() << "\n";
  for (const x509::Sha256Digest& key : inputs->revoked) std::cout << "  refuses " << x509::ToPinText(key) << "\n";
  return exit_code;
}

int Verify(const Arguments& arguments) {
  const absl::StatusOr<Inputs> inputs = ReadInputs(arguments);
  if (!inputs.ok()) return RefusedOrUnusable(inputs.status());
  const absl::StatusOr<FileSignatures> signatures = ReadSignatures(arguments.signing.file);
  if (!signatures.ok()) return Unusable(signatures.status());
  absl::Status status = inputs->Check(*signatures);
  status.Update(inputs->documents);
  NameMissing(*inputs, arguments.signing.file);
  if (arguments.output == "json") {
    std::cout << JsonText({{"version", 1},
                           {"file", arguments.signing.file},
                           {"kind", inputs->is_revocations ? "revocations" : "pin set"},
                           {"file_version", inputs->version},
                           {"fleet", inputs->trust->fleet()},
                           {"epoch", inputs->trust->epoch()},
                           {"trust_version", inputs->trust->version()},
                           {"signed", status.ok()},
                           {"error", std::string(status.message())}});
  } else {
    std::cout << (status.ok() ? "SIGNED" : "UNSIGNED") << "  " << Printable(arguments.signing.file) << ", "
              << inputs->Description() << "\n";
    if (!status.ok()) std::cout << "  " << Printable(status.message()) << "\n";
  }
  return status.ok() ? kYes : kNo;
}

}  // namespace

void AddSign(CLI::App* app, int* exit_code) {
  CLI::App* command =
      app->add_subcommand("sign", "Sign a pin set as a publisher of a fleet, or revocations as a revoker");
  auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("FILE", arguments->signing.file, "the pin file or the revocations; the signatures are in FILE.sig")
      ->required();
  command->add_option("--trust", arguments->trust, "the trust file of the fleet")->required();
  AddSigningOptions(command, &arguments->signing);
  command->footer(
      "Examples:\n"
      "  pinion sign pins.json --trust trust.json --key publisher-key.pem\n"
      "  pinion sign revocations.json --trust trust.json --key oncall-key.pem\n"
      "  pinion sign pins.json --trust trust.json --bytes > bytes\n"
      "  openssl pkeyutl -sign -rawin -inkey publisher-key.pem -in bytes -out signature\n"
      "  pinion sign pins.json --trust trust.json --key publisher.pem --signature signature\n"
      "A pin file whose documents are not the ones that it lists is not signed.\n"
      "Signatures of earlier contents of FILE are left out. Use the newest trust file, and `pinion verify-set` to see\n"
      "whether enough of them have signed.\n"
      "Exit code: 0 this key has signed; 1 refused: the trust file is not signed, the key is not of the role, the\n"
      "  signature is wrong, or a document is another one; 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Sign(*arguments); });
}

void AddVerifySet(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("verify-set", "Whether a fleet's pin set, or its revocations, are signed");
  auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("FILE", arguments->signing.file, "the pin file or the revocations; the signatures are in FILE.sig")
      ->required();
  command->add_option("--trust", arguments->trust, "the trust file of the fleet")->required();
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Example:\n"
      "  pinion verify-set pins.json --trust trust.json\n"
      "JSON: {\"version\": 1, \"file\", \"kind\", \"file_version\", \"fleet\", \"epoch\", \"trust_version\", "
      "\"signed\",\n"
      "  \"error\"}; the kind is \"pin set\" or \"revocations\".\n"
      "Exit code: 0 signed; 1 not signed, the trust file is not, or a document is not the one that FILE lists; 2 "
      "unusable\n  input.");
  command->callback([arguments, exit_code] { *exit_code = Verify(*arguments); });
}

}  // namespace pinion::cli
