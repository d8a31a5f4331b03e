// `pinion pins add|promote|retire|revoke|prove|remove`: a step of a rotation, written to the pin file or refused.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/census/merged_census.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/certificate_request.h"
#include "tools/pinion/backup_drill.h"
#include "tools/pinion/command.h"
#include "tools/pinion/pin_file/proof.h"
#include "tools/pinion/pin_file/rotation.h"
#include "tools/pinion/pins_command.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string file;
  std::string peer;
  std::string key;
  std::string state = "BACKUP";
  std::string kind = "spki";
  std::optional<std::string> not_before;
  std::optional<std::string> not_after;
  // Keys other than that of the step.
  std::vector<std::string> backups;
  std::vector<std::string> promoted;
  std::vector<std::string> retired;
  std::vector<std::string> censuses;
  std::string drill_key;
  bool dry_run = false;
  std::string output = "table";
};

using Step = std::function<absl::Status(const Arguments&, const KeyArgument&, Rotation*)>;

absl::StatusOr<std::vector<KeyArgument>> ParseKeys(const std::vector<std::string>& texts) {
  std::vector<KeyArgument> keys;
  for (const std::string& text : texts) {
    absl::StatusOr<KeyArgument> key = ParseKeyArgument(text);
    if (!key.ok()) return key.status();
    keys.push_back(*std::move(key));
  }
  return keys;
}

absl::Status Add(const Arguments& arguments, const KeyArgument& key, Rotation* rotation) {
  PeerPin pin;
  const PinKind kind = arguments.kind == "certificate"   ? PinKind::kCertificate
                       : arguments.kind == "issuer_spki" ? PinKind::kIssuerSpki
                                                         : PinKind::kSpki;
  const absl::StatusOr<Pin> parsed = key.AsPin(kind);
  if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat(arguments.key, ": ", parsed.status().message()));
  pin.pin = *parsed;
  v1::PinState state = v1::PIN_STATE_UNSPECIFIED;
  if (v1::PinState_Parse(arguments.state, &state)) pin.state = state;
  if (key.is_ca && kind != PinKind::kIssuerSpki) {
    return absl::FailedPreconditionError(absl::StrCat(
        Printable(arguments.key), " is the certificate of a CA, whose key no peer holds",
        state == v1::REVOKED ? "; with it REVOKED, every peer whose certificate it has issued is refused" : "",
        "; if the CA is meant, say --kind issuer_spki"));
  }
  const auto not_before = TimeOption("--not-before", arguments.not_before, absl::InfinitePast());
  if (!not_before.ok()) return not_before.status();
  const auto not_after = TimeOption("--not-after", arguments.not_after, absl::InfiniteFuture());
  if (!not_after.ok()) return not_after.status();
  pin.not_before = *not_before;
  pin.not_after = *not_after;
  return rotation->Add(pin);
}

absl::Status Drill(const Arguments& arguments, const x509::CertificateRequest& request, const Rotation& rotation) {
  const absl::StatusOr<std::string> pem = ReadInput(arguments.drill_key);
  if (!pem.ok()) return pem.status();
  const absl::StatusOr<x509::PrivateKey> private_key = x509::PrivateKey::FromPem(*pem);
  if (!private_key.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(arguments.drill_key), ": ", private_key.status().message()));
  }
  const absl::StatusOr<std::string> pins = ReadFile(arguments.file);
  if (!pins.ok()) return pins.status();
  const absl::Status status = DrillBackup(*pins, rotation.peer(), request, *private_key);
  if (status.ok()) return status;
  return absl::FailedPreconditionError(absl::StrCat("the drill failed: ", status.message()));
}

absl::Status Prove(const Arguments& arguments, const KeyArgument& key, Rotation* rotation) {
  if (key.is_text) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(arguments.key), " is a pin, which proves nothing; give the certificate request"));
  }
  const absl::StatusOr<std::string> bytes = ReadFile(arguments.key);
  if (!bytes.ok()) return absl::InvalidArgumentError(bytes.status().message());
  const absl::StatusOr<x509::CertificateRequest> request = x509::ReadCertificateRequest(*bytes);
  if (!request.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(Printable(arguments.key), ": ", request.status().message()));
  }
  if (request->spki_digest != key.digest) {
    return absl::InvalidArgumentError(absl::StrCat(Printable(arguments.key), " changed while it was read"));
  }
  const absl::StatusOr<absl::Time> date = CheckProof(rotation->before(), rotation->peer(), *request, absl::Now());
  if (!date.ok()) return date.status();
  if (absl::Status status = rotation->Prove(key, *date); !status.ok()) return status;
  return arguments.drill_key.empty() ? absl::OkStatus() : Drill(arguments, *request, *rotation);
}

absl::Status Promote(const Arguments& arguments, const KeyArgument& key, Rotation* rotation) {
  const auto retired = ParseKeys(arguments.retired);
  if (!retired.ok()) return retired.status();
  const auto backups = ParseKeys(arguments.backups);
  if (!backups.ok()) return backups.status();
  if (arguments.censuses.empty()) {
    rotation->Remark(
        "no client was asked whether it would accept this key; with --census FILE, the censuses of the peer's "
        "processes "
        "answer that");
  }
  const absl::Status adoption = arguments.censuses.empty()
                                    ? absl::OkStatus()
                                    : CheckAdoption(arguments.censuses, x509::ToPinText(key.digest), absl::Now());
  if (!adoption.ok()) return adoption;
  return rotation->Promote(key, *retired, *backups);
}

absl::Status Remove(const Arguments& arguments, const KeyArgument& key, Rotation* rotation) {
  if (arguments.censuses.empty()) {
    rotation->Remark(
        "no process was asked whether it still presents this key; with --census FILE, the censuses of the peer's "
        "processes answer that");
  }
  const absl::Status unused = CheckNotPresented(arguments.censuses, x509::ToPinText(key.digest), absl::Now());
  return unused.ok() ? rotation->Remove(key) : unused;
}

absl::Status Revoke(const Arguments& arguments, const KeyArgument& key, Rotation* rotation) {
  const auto promoted = ParseKeys(arguments.promoted);
  if (!promoted.ok()) return promoted.status();
  const auto backups = ParseKeys(arguments.backups);
  if (!backups.ok()) return backups.status();
  return rotation->Revoke(key, *promoted, *backups);
}

int Run(const Arguments& arguments, const Step& step) {
  return EditPinFile({arguments.file, arguments.dry_run, arguments.output},
                     [&](const std::string& text) -> absl::StatusOr<EditedPinFile> {
                       absl::StatusOr<Rotation> rotation =
                           Rotation::Of(text, arguments.file, arguments.peer, absl::Now());
                       if (!rotation.ok()) return rotation.status();
                       const absl::StatusOr<KeyArgument> key = ParseKeyArgument(arguments.key);
                       if (!key.ok()) return key.status();
                       absl::Status status = step(arguments, *key, &*rotation);
                       if (status.ok()) status = rotation->Finish();
                       if (!status.ok()) return status;
                       return EditedPinFile{rotation->text(), rotation->shared_before(), rotation->shared_after(),
                                            rotation->remarks()};
                     });
}

// A subcommand with the arguments that all steps share. The third operand is a key; where `takes_request` is true, it
// is the certificate request that the key has signed.
std::shared_ptr<Arguments> AddStep(CLI::App* pins, int* exit_code, const std::string& name, const std::string& what,
                                   const std::string& footer, const Step& step, bool takes_request = false) {
  CLI::App* command = pins->add_subcommand(name, what);
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "the pin file")->required();
  command->add_option("PEER", arguments->peer, "name of the peer")->required();
  command
      ->add_option(takes_request ? "CSR" : "KEY", arguments->key,
                   takes_request ? "the certificate request, PEM or DER"
                                 : "its pin, sha256/...; or a file that holds the key, such as its certificate")
      ->required();
  command->add_flag("--dry-run", arguments->dry_run, "print what would change, and write nothing");
  AddOutputOption(command, &arguments->output);
  command->footer(
      footer +
      "JSON: {\"version\": 1, \"file\", \"old_version\", \"new_version\", \"written\", \"changes\": [...]}, "
      "as in `pinion pins diff`.\n"
      "Exit code: 0 done, 1 refused, " +
      (takes_request ? "since it proves nothing" : "since it would lock a peer out") + ", 2 unusable input.");
  command->callback([arguments, step, exit_code] { *exit_code = Run(*arguments, step); });
  return arguments;
}

void AddKeysOption(CLI::App* pins, const std::string& step, const std::string& option, std::vector<std::string>* keys,
                   const std::string& what) {
  pins->get_subcommand(step)->add_option(option, *keys, what)->allow_extra_args(false);
}

void AddAdd(CLI::App* pins, int* exit_code) {
  const auto arguments = AddStep(pins, exit_code, "add", "Add a pin, as BACKUP by default",
                                 "Examples:\n"
                                 "  pinion pins add pins.json payments third.pem\n"
                                 "  pinion pins add pins.json payments "
                                 "sha256/RRM1dGqnDFsCJXBTHky16vi1obOlCgFFn/yOhI/y+ho= --not-before "
                                 "2026-12-01T00:00:00Z --dry-run\n",
                                 Add);
  CLI::App* command = pins->get_subcommand("add");
  command->add_option("--state", arguments->state, "ACTIVE, BACKUP, RETIRING or REVOKED")
      ->check(CLI::IsMember({"ACTIVE", "BACKUP", "RETIRING", "REVOKED"}))
      ->capture_default_str();
  command->add_option("--kind", arguments->kind, "what is pinned: the key, the whole certificate, or the issuer's key")
      ->check(CLI::IsMember({"spki", "certificate", "issuer_spki"}))
      ->capture_default_str();
  command->add_option("--not-before", arguments->not_before, "not accepted before this RFC 3339 time");
  command->add_option("--not-after", arguments->not_after, "not accepted from this RFC 3339 time on");
}

void AddRemove(CLI::App* pins, int* exit_code) {
  const auto remove = AddStep(pins, exit_code, "remove", "Take a RETIRING or REVOKED pin out of the file",
                              "Examples:\n"
                              "  pinion pins remove pins.json payments old.pem\n"
                              "  pinion pins remove pins.json payments old.pem --census replica-1.json\n",
                              Remove);
  AddKeysOption(pins, "remove", "--census", &remove->censuses,
                "refuse while the process that writes this adoption.census_file presents the key");
}

}  // namespace

void AddPinsSteps(CLI::App* pins, int* exit_code) {
  AddAdd(pins, exit_code);
  const auto promote =
      AddStep(pins, exit_code, "promote", "Make a BACKUP the ACTIVE pin, and the ACTIVE one RETIRING",
              "Examples:\n"
              "  pinion pins promote pins.json payments next.pem\n"
              "  pinion pins promote pins.json payments next.pem --backup third.pem\n"
              "  pinion pins promote pins.json payments next.pem --backup third.pem --census replica-1.json --census "
              "replica-2.json\n",
              Promote);
  AddKeysOption(pins, "promote", "--backup", &promote->backups, "another BACKUP to add, PIN or file");
  AddKeysOption(pins, "promote", "--retire", &promote->retired, "which ACTIVE it replaces, where there are several");
  AddKeysOption(pins, "promote", "--census", &promote->censuses,
                "refuse unless everybody would accept the key, by this adoption.census_file");
  AddStep(pins, exit_code, "retire", "Make an ACTIVE or BACKUP pin RETIRING: accepted, and reported when seen",
          "Example:\n  pinion pins retire pins.json payments old.pem\n",
          [](const Arguments&, const KeyArgument& key, Rotation* rotation) { return rotation->Retire(key); });
  const auto revoke =
      AddStep(pins, exit_code, "revoke", "Make a pin REVOKED: its holders are refused and disconnected",
              "Examples:\n"
              "  pinion pins revoke pins.json payments stolen.pem --promote next.pem --backup third.pem\n"
              "  pinion pins revoke pins.json payments old.pem\n",
              Revoke);
  AddKeysOption(pins, "revoke", "--promote", &revoke->promoted, "the BACKUP that is served from now on, PIN or file");
  AddKeysOption(pins, "revoke", "--backup", &revoke->backups, "another BACKUP to add, PIN or file");
  const auto prove = AddStep(
      pins, exit_code, "prove", "Record that a BACKUP's key has signed a certificate request",
      "Examples:\n  pinion pins prove pins.json payments payments-backup.csr\n"
      "  pinion pins prove pins.json payments payments-backup.csr --drill next-key.pem\n"
      "The request is one that `pinion pins challenge` asks for, of the last 30 days. Keep it: a CA needs the same "
      "one on\nthe day the BACKUP is needed.\n",
      Prove, /*takes_request=*/true);
  pins->get_subcommand("prove")->add_option(
      "--drill", prove->drill_key,
      "the private key: also serve or call with it over loopback, and see that a peer with FILE accepts it");
  AddRemove(pins, exit_code);
}

}  // namespace pinion::cli
