// `pinion trust`: the trust file of a fleet.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/signing_files.h"
#include "tools/pinion/trust_command.h"
#include "tools/pinion/trust_output.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string file;
  std::string before;
  std::string output = "table";
};

// Shows what is signed, since no other check precedes it.
int Sign(const SigningArguments& arguments, const std::string& before_file) {
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = ReadTrust(arguments.file);
  if (!trust.ok()) return Unusable(trust.status());
  ToSign to_sign = {(*trust)->text(), (*trust)->SignedBytes(), (*trust)->root(), {}};
  if (!before_file.empty()) {
    const absl::StatusOr<std::shared_ptr<const FleetTrust>> before = ReadSignedTrust(before_file);
    if (!before.ok()) return RefusedOrUnusable(before.status());
    if ((*trust)->version() <= (*before)->version()) {
      return Unusable(absl::InvalidArgumentError(absl::StrCat(arguments.file, " has version ", (*trust)->version(),
                                                              ", which does not come after version ",
                                                              (*before)->version(), " of ", before_file)));
    }
    to_sign.others = (*before)->root();
  }
  const int exit_code = SignFile(arguments, to_sign);
  if (exit_code == kYes && !arguments.prints_bytes) std::cout << TrustTable(arguments.file, **trust);
  return exit_code;
}

int Show(const Arguments& arguments) {
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = ReadTrust(arguments.file);
  if (!trust.ok()) return Unusable(trust.status());
  absl::Status status = (*trust)->CheckOwnSignatures();
  if (status.ok() && !arguments.before.empty()) {
    const absl::StatusOr<std::shared_ptr<const FleetTrust>> before = ReadSignedTrust(arguments.before);
    if (!before.ok()) return RefusedOrUnusable(before.status());
    status = (*trust)->CheckFollows(**before);
  }
  if (arguments.output == "json") {
    std::cout << JsonText({{"version", 1},
                           {"file", arguments.file},
                           {"fleet", (*trust)->fleet()},
                           {"epoch", (*trust)->epoch()},
                           {"trust_version", (*trust)->version()},
                           {"root", RoleJson((*trust)->root())},
                           {"publisher", RoleJson((*trust)->publisher())},
                           {"revoker", RoleJson((*trust)->revoker())},
                           {"after", arguments.before},
                           {"valid", status.ok()},
                           {"error", std::string(status.message())}});
  } else {
    std::cout << TrustTable(arguments.file, **trust)
              << (status.ok() ? "  VALID" : absl::StrCat("  INVALID: ", Printable(status.message()))) << "\n";
    if (status.ok() && arguments.before.empty() && (*trust)->version() > 1) {
      std::cout << "  by its own root keys; whether processes with an earlier trust file follow it shows --after\n";
    }
  }
  return status.ok() ? kYes : kNo;
}

}  // namespace

void AddTrust(CLI::App* app, int* exit_code) {
  CLI::App* trust = app->add_subcommand("trust", "The trust file of a fleet: which keys sign its pin sets");
  trust->require_subcommand(1);
  AddTrustInit(trust, exit_code);
  AddTrustRotate(trust, exit_code);
  CLI::App* sign =
      trust->add_subcommand("sign", "Sign a trust file with one of its root keys, or of its predecessor's");
  auto signing = std::make_shared<SigningArguments>();
  sign->add_option("FILE", signing->file, "the trust file; its signatures are in FILE.sig")->required();
  AddSigningOptions(sign, signing.get());
  auto before = std::make_shared<std::string>();
  sign->add_option("--after", *before, "the trust file that FILE is to replace: its root keys may sign, too");
  sign->footer(
      "Examples:\n"
      "  pinion trust sign trust.json --key root-key.pem\n"
      "  pinion trust sign trust-next.json --after trust.json --key root-key.pem\n"
      "  pinion trust sign trust.json --bytes > bytes\n"
      "Exit code: 0 signed; 1 refused: the key is of neither file's root role, the signature is wrong, or the file of\n"
      "  --after is not signed; 2 unusable input.");
  sign->callback([signing, before, exit_code] { *exit_code = Sign(*signing, *before); });
  CLI::App* show = trust->add_subcommand("show", "Show a trust file, and whether its signatures are complete");
  auto arguments = std::make_shared<Arguments>();
  show->add_option("FILE", arguments->file, "the trust file")->required();
  show->add_option("--after", arguments->before, "the trust file that it is to replace");
  AddOutputOption(show, &arguments->output);
  show->footer(
      "Examples:\n"
      "  pinion trust show trust.json\n"
      "  pinion trust show trust-next.json --after trust.json\n"
      "JSON: {\"version\": 1, \"file\", \"fleet\", \"epoch\", \"trust_version\", \"root\": {\"threshold\", \"keys\":\n"
      "  [{\"key\", \"kind\"}]}, \"publisher\", \"revoker\", \"after\", \"valid\", \"error\"}.\n"
      "Exit code: 0 valid, 1 signatures are missing, or it does not follow --after, 2 unusable input.");
  show->callback([arguments, exit_code] { *exit_code = Show(*arguments); });
  trust->footer(
      "Examples:\n"
      "  pinion trust init prod trust.json --root root.pem --publisher ci.pem\n"
      "  pinion trust sign trust.json --key root-key.pem\n"
      "  pinion trust show trust.json");
}

}  // namespace pinion::cli
