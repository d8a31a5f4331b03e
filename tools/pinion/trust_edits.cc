// `pinion trust init|rotate`: writes trust files, which are then signed.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/json/strict.h"
#include "pinion/json/string_literal.h"
#include "pinion/v1/fleet.pb.h"
#include "tools/pinion/command.h"
#include "tools/pinion/pin_file/key_argument.h"
#include "tools/pinion/signing_files.h"
#include "tools/pinion/trust_command.h"
#include "tools/pinion/trust_output.h"

namespace pinion::cli {
namespace {

using Role = v1::FleetTrust::Role;

struct RoleArguments {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  int threshold = 0;  // 0: as it is, or 1
};

struct Arguments {
  std::string fleet;
  std::string file;
  std::string next;
  RoleArguments root;
  RoleArguments publisher;
  RoleArguments revoker;
  bool new_epoch = false;
};

std::string RoleText(const Role& role) {
  std::string text = absl::StrCat("{\n    \"threshold\": ", role.threshold(), ",\n    \"keys\": [");
  for (int i = 0; i < role.keys_size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "\n      " : ",\n      ", json::StringLiteral(role.keys(i)));
  }
  return text + "\n    ]\n  }";
}

std::string TrustText(const v1::FleetTrust& trust) {
  return absl::StrCat("{\n  \"fleet\": ", json::StringLiteral(trust.fleet()), ",\n  \"epoch\": ", trust.epoch(),
                      ",\n  \"version\": ", trust.version(), ",\n  \"root\": ", RoleText(trust.root()),
                      ",\n  \"publisher\": ", RoleText(trust.publisher()),
                      trust.has_revoker() ? absl::StrCat(",\n  \"revoker\": ", RoleText(trust.revoker())) : "",
                      "\n}\n");
}

absl::Status Remove(const std::string& argument, Role* role) {
  const absl::StatusOr<KeyArgument> key = ParseKeyArgument(argument);
  if (!key.ok()) return key.status();
  auto* const keys = role->mutable_keys();
  const auto last = std::remove_if(keys->begin(), keys->end(), [&key](const std::string& text) {
    std::string spki;
    const absl::StatusOr<x509::Sha256Digest> digest =
        absl::Base64Unescape(text, &spki) ? x509::Sha256(spki) : absl::InvalidArgumentError("");
    return digest.ok() && *digest == key->digest;
  });
  if (last == keys->end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(argument, ": ", x509::ToPinText(key->digest), " is no key of this role"));
  }
  keys->erase(last, keys->end());
  return absl::OkStatus();
}

absl::Status Apply(const RoleArguments& arguments, Role* role) {
  for (const std::string& removed : arguments.removed) {
    if (absl::Status status = Remove(removed, role); !status.ok()) return status;
  }
  for (const std::string& added : arguments.added) {
    const absl::StatusOr<std::string> spki = ReadSpki(added);
    if (!spki.ok()) return spki.status();
    role->add_keys(absl::Base64Escape(*spki));
  }
  if (arguments.threshold != 0) role->set_threshold(arguments.threshold);
  return absl::OkStatus();
}

bool ChangesNothing(const RoleArguments& role) {
  return role.added.empty() && role.removed.empty() && role.threshold == 0;
}

// The role exists as long as it has a key.
absl::Status ApplyToRevoker(const RoleArguments& arguments, v1::FleetTrust* trust) {
  if (ChangesNothing(arguments)) return absl::OkStatus();
  Role* const role = trust->mutable_revoker();
  if (role->threshold() == 0) role->set_threshold(1);
  if (absl::Status status = Apply(arguments, role); !status.ok()) return status;
  if (role->keys().empty()) trust->clear_revoker();
  return absl::OkStatus();
}

// Writes the trust with the changes to a new file.
int Write(const Arguments& arguments, v1::FleetTrust* trust, const std::string& file) {
  absl::Status status = Apply(arguments.root, trust->mutable_root());
  if (status.ok()) status = Apply(arguments.publisher, trust->mutable_publisher());
  if (status.ok()) status = ApplyToRevoker(arguments.revoker, trust);
  if (!status.ok()) return Unusable(status);
  const std::string text = TrustText(*trust);
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> written = FleetTrust::FromJson(text, "the new trust file");
  status = written.ok() ? WriteNewFile(file, text, 0644) : written.status();
  if (!status.ok()) return Unusable(status);
  std::cout << TrustTable(file, **written);
  return kYes;
}

int Init(const Arguments& arguments) {
  if (absl::EndsWith(arguments.fleet, ".json")) {
    return Unusable(absl::InvalidArgumentError(
        absl::StrCat("the name of the fleet, ", arguments.fleet, ", is that of a file; FLEET comes before FILE")));
  }
  v1::FleetTrust trust;
  trust.set_fleet(arguments.fleet);
  trust.set_epoch(1);
  trust.set_version(1);
  trust.mutable_root()->set_threshold(1);
  trust.mutable_publisher()->set_threshold(1);
  const int exit_code = Write(arguments, &trust, arguments.file);
  if (exit_code == kYes) {
    std::cerr << "pinion: now sign it with its root keys: pinion trust sign " << Printable(arguments.file)
              << " --key KEY\n";
  }
  return exit_code;
}

int Rotate(const Arguments& arguments) {
  if (ChangesNothing(arguments.root) && ChangesNothing(arguments.publisher) && ChangesNothing(arguments.revoker) &&
      !arguments.new_epoch) {
    return Unusable(
        absl::InvalidArgumentError("nothing would change; name a key to add or remove, a threshold, or --new-epoch"));
  }
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> before = ReadSignedTrust(arguments.file);
  if (!before.ok()) return RefusedOrUnusable(before.status());
  v1::FleetTrust trust;
  if (absl::Status status = json::Parse((*before)->text(), arguments.file, &trust); !status.ok()) {
    return Unusable(status);
  }
  const bool had_revokers = trust.has_revoker();
  if (had_revokers && !arguments.new_epoch && arguments.revoker.added.empty() &&
      arguments.revoker.removed.size() >= static_cast<size_t>(trust.revoker().keys_size())) {
    return Unusable(absl::InvalidArgumentError(
        "the last revoker would be removed, and processes that have adopted revocations follow no trust file without "
        "revokers in the same epoch; add --new-epoch"));
  }
  trust.set_version(trust.version() + 1);
  if (arguments.new_epoch) trust.set_epoch(trust.epoch() + 1);
  const int exit_code = Write(arguments, &trust, arguments.next);
  if (exit_code == kYes) {
    std::cerr << "pinion: now sign it with its root keys and with those of " << Printable(arguments.file)
              << ": pinion trust sign " << Printable(arguments.next) << " --after " << Printable(arguments.file)
              << " --key KEY; then sign the pin file under it"
              << (trust.has_revoker() ? ", and the revocations\n" : "\n");
  }
  return exit_code;
}

void AddRoleOptions(CLI::App* command, const std::string& role, bool is_first, RoleArguments* arguments) {
  const std::string added = is_first ? "--" + role : "--add-" + role;
  command
      ->add_option(added, arguments->added,
                   "a file with a " + role + " key: public key, certificate or private key; repeat it for each key")
      ->required(is_first && role != "revoker")
      ->allow_extra_args(false);
  if (!is_first) {
    command->add_option("--remove-" + role, arguments->removed, "a " + role + " key to remove: its pin, or such a file")
        ->allow_extra_args(false);
  }
  command
      ->add_option("--" + role + "-threshold", arguments->threshold,
                   "how many " + role + " keys must sign" + (is_first ? ", 1 by default" : ""))
      ->check(CLI::Range(1, 32));
}

}  // namespace

void AddTrustInit(CLI::App* trust, int* exit_code) {
  CLI::App* command = trust->add_subcommand("init", "Write the first trust file of a fleet");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FLEET", arguments->fleet, "the name of the fleet")->required();
  command->add_option("FILE", arguments->file, "the trust file, which must not exist")->required();
  AddRoleOptions(command, "root", true, &arguments->root);
  AddRoleOptions(command, "publisher", true, &arguments->publisher);
  AddRoleOptions(command, "revoker", true, &arguments->revoker);
  command->footer(
      "Example:\n"
      "  pinion trust init prod trust.json --root root1.pem --root root2.pem --root-threshold 2 --publisher ci.pem\n"
      "Exit code: 0 written, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Init(*arguments); });
}

void AddTrustRotate(CLI::App* trust, int* exit_code) {
  CLI::App* command = trust->add_subcommand("rotate", "Write the next version of a trust file, to another file");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "the trust file")->required();
  command->add_option("NEXT", arguments->next, "its next version, which must not exist")->required();
  AddRoleOptions(command, "root", false, &arguments->root);
  AddRoleOptions(command, "publisher", false, &arguments->publisher);
  AddRoleOptions(command, "revoker", false, &arguments->revoker);
  command->add_flag("--new-epoch", arguments->new_epoch,
                    "pin sets of this epoch precede all earlier ones, whatever their versions");
  command->footer(
      "Examples:\n"
      "  pinion trust rotate trust.json trust-next.json --add-publisher ci.pem --remove-publisher publisher.pem\n"
      "  pinion trust rotate trust.json trust-next.json --add-revoker oncall2.pem\n"
      "  pinion trust rotate trust.json trust-next.json --new-epoch\n"
      "Comments of FILE are left out.\n"
      "Exit code: 0 written, 1 refused: FILE is not signed by its root keys, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Rotate(*arguments); });
}

}  // namespace pinion::cli
