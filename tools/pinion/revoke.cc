// `pinion revoke`: adds keys to a fleet's revocations.
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/pin/pin_set.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/pin_file/key_argument.h"
#include "tools/pinion/signing_files.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string file;
  std::string pins;
  std::string trust;
  std::vector<std::string> keys;
  bool dry_run = false;
  std::string output = "table";
};

// The revocations before and after, and the pin set that results.
struct Edit {
  std::optional<std::string> text_before;  // empty if there is no file
  int64_t version = 1;
  std::vector<x509::Sha256Digest> keys;
  std::string text;
  std::shared_ptr<const PinSet> pin_set;
};

std::string TextOf(int64_t version, const std::vector<x509::Sha256Digest>& keys) {
  std::string text = absl::StrCat("{\n  \"version\": ", version, ",\n  \"revoked\": [");
  for (const x509::Sha256Digest& key : keys) {
    absl::StrAppend(&text, &key == &keys.front() ? "\n" : ",\n", "    \"", x509::ToPinText(key), "\"");
  }
  return text + "\n  ]\n}\n";
}

// A list that its revokers have not signed is not built on: with the new signatures, it would be theirs.
absl::Status ReadBefore(const Arguments& arguments, Edit* edit) {
  absl::StatusOr<std::string> text = ReadFile(arguments.file);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  if (!text.ok()) return text.status();
  const absl::StatusOr<std::shared_ptr<const Revocations>> before = Revocations::FromJson(*text, arguments.file);
  if (!before.ok()) return before.status();
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = ReadSignedTrust(arguments.trust);
  if (!trust.ok()) return trust.status();
  const absl::StatusOr<FileSignatures> signatures = ReadSignatures(arguments.file);
  if (!signatures.ok()) return signatures.status();
  if (const absl::Status status = (*trust)->CheckRevocations(*text, *signatures); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(arguments.file, ": ", status.message()));
  }
  edit->text_before = *std::move(text);
  edit->version = (*before)->version() + 1;
  edit->keys = (*before)->keys();
  return absl::OkStatus();
}

// The peer that has this key as an spki pin, and that pin; null if there is none.
std::pair<const Peer*, const PeerPin*> FindKey(const PinSet& pin_set, const x509::Sha256Digest& key) {
  for (const Peer& peer : pin_set.peers()) {
    for (const PeerPin& pin : peer.pins) {
      if (pin.pin.kind == PinKind::kSpki && pin.pin.digest == key) return {&peer, &pin};
    }
  }
  return {nullptr, nullptr};
}

// FailedPrecondition if it would have no effect, or would leave the peer without an accepted pin.
absl::Status CheckEffect(const Edit& edit, const PinSet& before, const x509::Sha256Digest& key) {
  const std::string text = x509::ToPinText(key);
  const auto [peer, pin] = FindKey(before, key);
  if (pin == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(text, " is no spki pin of the pin set, so that revoking it would have no effect"));
  }
  if (pin->state == v1::REVOKED)
    return absl::FailedPreconditionError(absl::StrCat(text, " is REVOKED in the pin set already"));
  if (FindKey(*edit.pin_set, key).second->state == v1::REVOKED) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "peer \"", peer->name,
      "\" has no other ACTIVE or BACKUP pin to move to (of a key or an issuer, without times), and everybody "
      "that calls it would be locked out; a publisher must add a key to the pin set first"));
}

absl::StatusOr<Edit> MakeEdit(const Arguments& arguments) {
  Edit edit;
  if (absl::Status status = ReadBefore(arguments, &edit); !status.ok()) return status;
  const absl::StatusOr<std::string> pins = ReadFile(arguments.pins);
  if (!pins.ok()) return pins.status();
  const absl::StatusOr<std::shared_ptr<const PinSet>> before = PinSet::FromJson(*pins, arguments.pins);
  if (!before.ok()) return before.status();
  std::vector<x509::Sha256Digest> added;
  for (const std::string& argument : arguments.keys) {
    const absl::StatusOr<KeyArgument> key = ParseKeyArgument(argument);
    if (!key.ok()) return key.status();
    if (key->is_ca) {
      return absl::FailedPreconditionError(
          absl::StrCat(argument, " is the certificate of a CA, which only a publisher can revoke, in the pin set"));
    }
    added.push_back(key->digest);
  }
  edit.keys.insert(edit.keys.end(), added.begin(), added.end());
  edit.text = TextOf(edit.version, edit.keys);
  absl::StatusOr<std::shared_ptr<const Revocations>> revocations = Revocations::FromJson(edit.text, "the new list");
  if (!revocations.ok()) return revocations.status();
  absl::StatusOr<std::shared_ptr<const PinSet>> after =
      PinSet::FromJson(*pins, arguments.pins, {nullptr, *std::move(revocations), {}});
  if (!after.ok()) return after.status();
  edit.pin_set = *std::move(after);
  for (const x509::Sha256Digest& key : added) {
    if (absl::Status status = CheckEffect(edit, **before, key); !status.ok()) return status;
  }
  return edit;
}

void Print(const Arguments& arguments, const Edit& edit) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::string table;
  for (size_t i = 0; i < edit.keys.size(); ++i) {
    const bool is_new = i + arguments.keys.size() >= edit.keys.size();
    const std::string key = x509::ToPinText(edit.keys[i]);
    const Peer* const found = FindKey(*edit.pin_set, edit.keys[i]).first;
    const std::string peer = found == nullptr ? "" : found->name;
    json.push_back({{"key", key}, {"peer", peer}, {"added", is_new}});
    absl::StrAppend(&table, "  ", peer.empty() ? "no peer of PINS" : peer, ": key ", key,
                    is_new ? " is refused, and live connections that hold it are closed\n" : ", as before\n");
  }
  if (arguments.output == "json") {
    std::cout << JsonText({{"version", 1},
                           {"file", arguments.file},
                           {"revocations_version", edit.version},
                           {"written", !arguments.dry_run},
                           {"revoked", json}});
  } else {
    std::cout << Printable(arguments.file) << ": version " << edit.version
              << (arguments.dry_run ? ", nothing is written\n" : "\n") << table;
  }
  if (!arguments.dry_run) {
    std::cerr << "pinion: now sign it: pinion sign " << Printable(arguments.file) << " --trust "
              << Printable(arguments.trust) << " --key REVOKER; then let a publisher revoke the keys in the pin set\n";
  }
}

int Run(const Arguments& arguments) {
  const std::string file = ResolveLinks(arguments.file);
  const absl::StatusOr<FileLock> lock = FileLock::OnFolderOf(file, kEditPatience);
  if (!lock.ok()) return Unusable(lock.status());
  const absl::StatusOr<Edit> edit = MakeEdit(arguments);
  if (absl::IsFailedPrecondition(edit.status()) || absl::IsUnauthenticated(edit.status())) {
    std::cerr << "pinion: refused, " << Printable(arguments.file)
              << " is as it was: " << Printable(edit.status().message()) << "\n";
    return kNo;
  }
  if (!edit.ok()) return Unusable(edit.status());
  if (!arguments.dry_run) {
    const absl::Status status =
        edit->text_before.has_value()
            ? ReplaceFile(file, edit->text, {/*mode=*/0644, edit->text_before, /*is_durable=*/true}).status()
            : WriteNewFile(file, edit->text, 0644);
    if (!status.ok()) return Unusable(status);
  }
  Print(arguments, *edit);
  return kYes;
}

}  // namespace

void AddRevoke(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("revoke", "Add keys to a fleet's revocations, without its publishers");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "the revocations, which are made if there are none")->required();
  command->add_option("PINS", arguments->pins, "the pin file in effect")->required();
  command
      ->add_option("KEY", arguments->keys, "its pin, sha256/...; or a file that holds the key, such as its certificate")
      ->required();
  command->add_option("--trust", arguments->trust, "the trust file of the fleet")->required();
  command->add_flag("--dry-run", arguments->dry_run, "print what would change, and write nothing");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion revoke revocations.json pins.json stolen.pem --trust trust.json\n"
      "  pinion sign revocations.json --trust trust.json --key oncall-key.pem\n"
      "Comments of FILE are left out.\n"
      "JSON: {\"version\": 1, \"file\", \"revocations_version\", \"written\", \"revoked\": [{\"key\", \"peer\",\n"
      "  \"added\"}]}.\n"
      "Exit code: 0 written; 1 refused: FILE is not signed, or the key would have no effect, or the peer would be\n"
      "  left without a key to move to; 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
