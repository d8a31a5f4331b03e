// `pinion pins challenge`: how the holders of a peer's BACKUP keys show that they have them.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/printable.h"
#include "pinion/pin/backup_proof.h"
#include "tools/pinion/chain_files.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/pin_file/lookup.h"
#include "tools/pinion/pin_file/proof.h"
#include "tools/pinion/pins_command.h"
#include "tools/pinion/pins_output.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string file;
  std::string peer;
  std::string output = "table";
};

// What one BACKUP's holder has to do.
struct Challenge {
  const PeerPin* pin;
  std::string request_file;
  std::string command;
};

absl::StatusOr<std::vector<Challenge>> ChallengesOf(const Peer& peer, absl::Time now) {
  std::vector<Challenge> challenges;
  for (const PeerPin& pin : peer.pins) {
    if (!CanBeProven(pin)) continue;
    const std::string number = challenges.empty() ? "" : absl::StrCat("-", challenges.size() + 1);
    const std::string request = absl::StrCat(peer.name, "-backup", number, ".csr");
    absl::StatusOr<std::string> command = ProofCommand(peer, "KEY.pem", request, now);
    if (!command.ok()) return command.status();
    challenges.push_back({&pin, request, *std::move(command)});
  }
  if (!challenges.empty()) return challenges;
  return absl::InvalidArgumentError(
      absl::StrCat("peer \"", peer.name, "\" has no BACKUP of kind spki, so there is no key to prove"));
}

std::string Table(const Arguments& arguments, const PinSet& set, const std::vector<Challenge>& challenges,
                  absl::Time now) {
  std::string table;
  for (const Challenge& challenge : challenges) {
    absl::StrAppend(&table, x509::ToPinText(challenge.pin->pin.digest), "  ", ProofText(set, *challenge.pin, now),
                    "\nWhere its key, KEY.pem, is:\n  ", challenge.command, "\nThen, within ", kProofDays,
                    " days:\n  pinion pins prove ", Printable(arguments.file), " ", arguments.peer, " ",
                    challenge.request_file, "\n");
  }
  return table;
}

std::string Json(const Arguments& arguments, const PinSet& set, const std::vector<Challenge>& challenges) {
  nlohmann::ordered_json json = {{"version", 1},
                                 {"file", arguments.file},
                                 {"peer", arguments.peer},
                                 {"challenges", nlohmann::ordered_json::array()}};
  for (const Challenge& challenge : challenges) {
    json["challenges"].push_back({{"pin", x509::ToPinText(challenge.pin->pin.digest)},
                                  {"proven_on", TimeJson(set.ProvenOn(challenge.pin->pin))},
                                  {"request_file", challenge.request_file},
                                  {"command", challenge.command}});
  }
  return JsonText(json);
}

int Run(const Arguments& arguments) {
  const absl::Time now = absl::Now();
  const absl::StatusOr<std::shared_ptr<const PinSet>> set = ReadPinSet(arguments.file);
  if (!set.ok()) return Unusable(set.status());
  const absl::StatusOr<const Peer*> peer = FindPeerOfFile(**set, arguments.file, arguments.peer);
  if (!peer.ok()) return Unusable(peer.status());
  const absl::StatusOr<std::vector<Challenge>> challenges = ChallengesOf(**peer, now);
  if (!challenges.ok()) return Unusable(challenges.status());
  std::cout << (arguments.output == "json" ? Json(arguments, **set, *challenges)
                                           : Table(arguments, **set, *challenges, now));
  return kYes;
}

}  // namespace

void AddPinsChallenge(CLI::App* pins, int* exit_code) {
  CLI::App* command = pins->add_subcommand("challenge", "Print how the holder of a BACKUP's key shows that he has it");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "the pin file")->required();
  command->add_option("PEER", arguments->peer, "name of the peer")->required();
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Example:\n  pinion pins challenge pins.json payments\n"
      "JSON: {\"version\": 1, \"file\", \"peer\", \"challenges\": [{\"pin\", \"proven_on\", \"request_file\", "
      "\"command\"}]};\n  proven_on is null for a key that was never proven.\n"
      "Exit code: 0 printed, 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
