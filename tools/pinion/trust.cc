// `pinion trust init|rotate|sign|show`: the trust file of a fleet.
#include <google/protobuf/repeated_field.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/json/strict.h"
#include "pinion/json/string_literal.h"
#include "pinion/v1/fleet.pb.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/pin_file/key_argument.h"
#include "tools/pinion/signing_files.h"

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
  std::string before;
  RoleArguments root;
  RoleArguments publisher;
  bool new_epoch = false;
  std::string output = "table";
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
                      ",\n  \"publisher\": ", RoleText(trust.publisher()), "\n}\n");
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
  if (last == keys->end()) return absl::InvalidArgumentError(absl::StrCat(argument, ": is no key of this role"));
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

// Writes the trust with the changes to a new file.
int Write(const Arguments& arguments, v1::FleetTrust* trust, const std::string& file) {
  absl::Status status = Apply(arguments.root, trust->mutable_root());
  if (status.ok()) status = Apply(arguments.publisher, trust->mutable_publisher());
  const std::string text = TrustText(*trust);
  if (status.ok()) status = FleetTrust::FromJson(text, file).status();
  if (status.ok()) status = WriteNewFile(file, text, 0644);
  if (!status.ok()) return Unusable(status);
  std::cout << Printable(file) << ": version " << trust->version() << " of fleet " << trust->fleet() << ", epoch "
            << trust->epoch() << "\n";
  return kYes;
}

int Init(const Arguments& arguments) {
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
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> before = ReadSignedTrust(arguments.file);
  if (!before.ok()) return RefusedOrUnusable(before.status());
  v1::FleetTrust trust;
  if (absl::Status status = json::Parse((*before)->text(), arguments.file, &trust); !status.ok()) {
    return Unusable(status);
  }
  trust.set_version(trust.version() + 1);
  if (arguments.new_epoch) trust.set_epoch(trust.epoch() + 1);
  const int exit_code = Write(arguments, &trust, arguments.next);
  if (exit_code == kYes) {
    std::cerr << "pinion: now sign it with the root keys of both files, " << Printable(arguments.next)
              << " and, with --after, " << Printable(arguments.file)
              << "; then sign the pin set for it, and deploy both\n";
  }
  return exit_code;
}

nlohmann::ordered_json RoleJson(const SigningRole& role) {
  nlohmann::ordered_json keys = nlohmann::ordered_json::array();
  for (const x509::PublicKey& key : role.keys) {
    keys.push_back({{"key", x509::ToPinText(key.spki_digest())}, {"kind", key.kind()}});
  }
  return {{"threshold", role.threshold}, {"keys", keys}};
}

std::string RoleTable(const SigningRole& role) {
  std::string table = absl::StrCat("  ", role.name, ", ", role.threshold, " of ", role.keys.size(), "\n");
  for (const x509::PublicKey& key : role.keys) {
    absl::StrAppend(&table, "    ", x509::ToPinText(key.spki_digest()), "  ", key.kind(), "\n");
  }
  return table;
}

std::string TrustTable(const std::string& file, const FleetTrust& trust) {
  return absl::StrCat(Printable(file), ": version ", trust.version(), " of fleet ", trust.fleet(), ", epoch ",
                      trust.epoch(), "\n", RoleTable(trust.root()), RoleTable(trust.publisher()));
}

// Shows what is signed, since no other check precedes it.
int Sign(const SigningArguments& arguments, const std::string& before_file) {
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = ReadTrust(arguments.file);
  if (!trust.ok()) return Unusable(trust.status());
  ToSign to_sign = {(*trust)->text(), (*trust)->SignedBytes(), (*trust)->root(), {}};
  if (!before_file.empty()) {
    const absl::StatusOr<std::shared_ptr<const FleetTrust>> before = ReadSignedTrust(before_file);
    if (!before.ok()) return RefusedOrUnusable(before.status());
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
                           {"valid", status.ok()},
                           {"error", std::string(status.message())}});
  } else {
    std::cout << TrustTable(arguments.file, **trust)
              << (status.ok() ? "  VALID" : absl::StrCat("  INVALID: ", status.message())) << "\n";
  }
  return status.ok() ? kYes : kNo;
}

void AddRoleOptions(CLI::App* command, const std::string& role, bool is_first, RoleArguments* arguments) {
  const std::string added = is_first ? "--" + role : "--add-" + role;
  command->add_option(added, arguments->added, "a file with a " + role + " key: public key, certificate or private key")
      ->required(is_first)
      ->allow_extra_args(false);
  if (!is_first) {
    command->add_option("--remove-" + role, arguments->removed, "a " + role + " key to remove: its pin, or such a file")
        ->allow_extra_args(false);
  }
  command->add_option("--" + role + "-threshold", arguments->threshold, "how many " + role + " keys must sign")
      ->check(CLI::Range(1, 32));
}

void AddInit(CLI::App* trust, int* exit_code) {
  CLI::App* command = trust->add_subcommand("init", "Write the first trust file of a fleet");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FLEET", arguments->fleet, "the name of the fleet")->required();
  command->add_option("FILE", arguments->file, "the trust file, which must not exist")->required();
  AddRoleOptions(command, "root", true, &arguments->root);
  AddRoleOptions(command, "publisher", true, &arguments->publisher);
  command->footer(
      "Example:\n"
      "  pinion trust init prod trust.json --root root1.pem --root root2.pem --root-threshold 2 --publisher ci.pem\n"
      "Exit code: 0 written, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Init(*arguments); });
}

void AddRotate(CLI::App* trust, int* exit_code) {
  CLI::App* command = trust->add_subcommand("rotate", "Write the next version of a trust file, to another file");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "the trust file")->required();
  command->add_option("NEXT", arguments->next, "its next version, which must not exist")->required();
  AddRoleOptions(command, "root", false, &arguments->root);
  AddRoleOptions(command, "publisher", false, &arguments->publisher);
  command->add_flag("--new-epoch", arguments->new_epoch,
                    "pin sets of this epoch precede all earlier ones, whatever their versions");
  command->footer(
      "Examples:\n"
      "  pinion trust rotate trust.json trust-next.json --add-publisher ci.pem --remove-publisher publisher.pem\n"
      "  pinion trust rotate trust.json trust-next.json --new-epoch\n"
      "Comments of FILE are left out.\n"
      "Exit code: 0 written, 1 refused: FILE is not signed by its root keys, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Rotate(*arguments); });
}

}  // namespace

void AddTrust(CLI::App* app, int* exit_code) {
  CLI::App* trust = app->add_subcommand("trust", "The trust file of a fleet: which keys sign its pin sets");
  trust->require_subcommand(1);
  AddInit(trust, exit_code);
  AddRotate(trust, exit_code);
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
      "  [{\"key\", \"kind\"}]}, \"publisher\", \"valid\", \"error\"}.\n"
      "Exit code: 0 valid, 1 signatures are missing, or it does not follow --after, 2 unusable input.");
  show->callback([arguments, exit_code] { *exit_code = Show(*arguments); });
  trust->footer(
      "Examples:\n"
      "  pinion trust init prod trust.json --root root.pem --publisher ci.pem\n"
      "  pinion trust sign trust.json --key root-key.pem\n"
      "  pinion trust show trust.json");
}

}  // namespace pinion::cli
