// `pinion rehearse`: who would be refused, by what processes have recorded.
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/census/census_store.h"
#include "pinion/fleet/revocations.h"
#include "pinion/pin/report_only.h"
#include "tools/pinion/asked_server.h"
#include "tools/pinion/chain_files.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/rehearsal/rehearsal.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string pins;
  std::string server_roots;
  std::string client_roots;
  std::string policy;
  std::string revocations;
  std::optional<std::string> time;
  absl::Duration seen_within = absl::Hours(24 * 7);
  std::vector<std::string> recorded;
  std::vector<std::string> live;
  std::vector<std::string> censuses;
  std::string output = "table";
};

absl::StatusOr<std::optional<x509::TrustRoots>> ReadGivenRoots(const std::string& file) {
  if (file.empty()) return std::optional<x509::TrustRoots>();
  absl::StatusOr<x509::TrustRoots> roots = ReadRoots(file);
  if (!roots.ok()) return roots.status();
  return std::optional<x509::TrustRoots>(*std::move(roots));
}

// With the revocations that apply to it, as processes do.
absl::StatusOr<std::shared_ptr<const PinSet>> ReadPins(const Arguments& arguments) {
  const absl::StatusOr<std::string> text = ReadInput(arguments.pins);
  if (!text.ok()) return text.status();
  PinSet::Signed with;
  if (!arguments.revocations.empty()) {
    const absl::StatusOr<std::string> list = ReadInput(arguments.revocations);
    if (!list.ok()) return list.status();
    absl::StatusOr<std::shared_ptr<const Revocations>> revocations =
        Revocations::FromJson(*list, arguments.revocations);
    if (!revocations.ok()) return revocations.status();
    with.revocations = *std::move(revocations);
  }
  return PinSet::FromJson(*text, arguments.pins, std::move(with));
}

absl::StatusOr<Proposal> ReadProposal(const Arguments& arguments) {
  Proposal proposal;
  const absl::StatusOr<absl::Time> time = TimeOption("--time", arguments.time, absl::Now());
  if (!time.ok()) return time.status();
  proposal.time = *time;
  proposal.seen_since = absl::Now() - arguments.seen_within;
  absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = ReadPins(arguments);
  if (!pin_set.ok()) return pin_set.status();
  proposal.pin_set = *std::move(pin_set);
  if (absl::Status status = CheckReportOnly(*proposal.pin_set, proposal.time); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(Printable(arguments.pins), ": ", status.message()));
  }
  for (auto& [file, roots] : {std::pair{&arguments.server_roots, &proposal.server_roots},
                              std::pair{&arguments.client_roots, &proposal.client_roots}}) {
    absl::StatusOr<std::optional<x509::TrustRoots>> read = ReadGivenRoots(*file);
    if (!read.ok()) return read.status();
    *roots = *std::move(read);
  }
  if (!proposal.pin_set->documents().empty() && arguments.server_roots.empty() && arguments.client_roots.empty() &&
      arguments.policy.empty()) {
    std::cerr
        << "pinion: the pin file lists documents, which are not judged by themselves: give those of the processes "
           "as --server-roots, --client-roots and --policy\n";
  }
  if (arguments.policy.empty()) return proposal;
  const absl::StatusOr<std::string> text = ReadInput(arguments.policy);
  if (!text.ok()) return text.status();
  absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> policy =
      AuthorizationPolicy::FromJson(*text, arguments.policy);
  if (!policy.ok()) return policy.status();
  proposal.policy = *std::move(policy);
  return proposal;
}

absl::Status AddLive(const std::string& target, Rehearsal* rehearsal) {
  Question question;
  if (absl::Status status = SetTarget(target, &question); !status.ok()) return status;
  const AskedServer asked = Ask(target, question.host, question);
  if (!asked.seen.presented.leaf.empty()) {
    return rehearsal->AddLive(target, asked.host, asked.seen.presented);
  }
  return absl::UnavailableError(absl::StrCat("--live ", Printable(target),
                                             ": it presented no certificate: ", OutcomeOf(asked),
                                             asked.seen.detail.empty() ? "" : ", ", asked.seen.detail));
}

absl::Status AddInputs(const Arguments& arguments, Rehearsal* rehearsal, size_t* damaged) {
  for (const std::string& folder : arguments.recorded) {
    const absl::StatusOr<Recording> recording = ReadRecording(folder);
    if (!recording.ok()) return recording.status();
    for (const absl::Status& status : recording->damaged) std::cerr << "pinion: " << status.message() << "\n";
    *damaged += recording->damaged.size();
    if (absl::Status status = rehearsal->Add(*recording, folder); !status.ok()) return status;
  }
  for (const std::string& target : arguments.live) {
    if (absl::Status status = AddLive(target, rehearsal); !status.ok()) return status;
  }
  for (const std::string& file : arguments.censuses) {
    const absl::StatusOr<v1::CensusFile> census = ReadCensus(file);
    if (!census.ok()) return census.status();
    rehearsal->Expect(*census);
  }
  return absl::OkStatus();
}

const char* SideText(v1::ConnectionSide side) { return side == v1::SERVES ? "client" : "server"; }

std::string Table(const Proposal& proposal, const Rehearsal& rehearsal) {
  std::string table;
  for (const PeerChange& change : rehearsal.Changes()) {
    absl::StrAppend(&table, ToString(change.outcome), change.outcome == Outcome::kRefusedLater ? " from " : "",
                    change.outcome == Outcome::kRefusedLater ? FormatRfc3339(change.from) : "", "  ",
                    SideText(change.side), " \"", Printable(change.peer), "\"",
                    change.host.empty() ? "" : absl::StrCat(" as ", Printable(change.host)),
                    change.count > 1 ? absl::StrCat(" x", change.count) : "", ", last seen ",
                    FormatRfc3339(change.last_seen), "\n");
    if (change.outcome != Outcome::kNewlyAccepted) absl::StrAppend(&table, "  ", change.text, "\n");
  }
  for (const Rehearsal::Unrehearsed& unseen : rehearsal.Unseen()) {
    absl::StrAppend(&table, "NOT_REHEARSED  ", SideText(unseen.side), " \"", unseen.peer, "\": ", unseen.processes,
                    " in the census, and no handshake of it was recorded since ", FormatRfc3339(proposal.seen_since),
                    "\n");
  }
  absl::StrAppend(&table, "version ", proposal.pin_set->version(), " at ", FormatRfc3339(proposal.time), ": ",
                  rehearsal.judged(), " handshakes judged, ", rehearsal.CountOf(Outcome::kNewlyRefused),
                  " newly refused, ", rehearsal.CountOf(Outcome::kNewlyAccepted), " newly accepted, ",
                  rehearsal.CountOf(Outcome::kRefusedLater), " refused later\n");
  if (rehearsal.expired() > 0) {
    absl::StrAppend(&table, rehearsal.expired(), " of them by the nearest time when their certificate is valid\n");
  }
  if (rehearsal.left_out() > 0) {
    absl::StrAppend(&table, rehearsal.left_out(), " left out, last seen before ", FormatRfc3339(proposal.seen_since),
                    "\n");
  }
  return table;
}

std::string Json(const Proposal& proposal, const Rehearsal& rehearsal, size_t damaged) {
  nlohmann::ordered_json changes = nlohmann::ordered_json::array();
  for (const PeerChange& change : rehearsal.Changes()) {
    nlohmann::ordered_json one = {{"outcome", ToString(change.outcome)},
                                  {"side", v1::ConnectionSide_Name(change.side)},
                                  {"peer", Printable(change.peer)},
                                  {"count", change.count},
                                  {"last_seen", FormatRfc3339(change.last_seen)}};
    if (!change.host.empty()) one["host"] = Printable(change.host);
    if (!change.reason.empty()) one["reason"] = change.reason;
    if (change.outcome == Outcome::kRefusedLater) one["from"] = FormatRfc3339(change.from);
    if (change.outcome != Outcome::kNewlyAccepted) one["text"] = change.text;
    changes.push_back(std::move(one));
  }
  nlohmann::ordered_json unseen = nlohmann::ordered_json::array();
  for (const Rehearsal::Unrehearsed& one : rehearsal.Unseen()) {
    unseen.push_back({{"side", v1::ConnectionSide_Name(one.side)}, {"peer", one.peer}, {"processes", one.processes}});
  }
  return JsonText({{"version", 1},
                   {"pin_set_version", proposal.pin_set->version()},
                   {"time", FormatRfc3339(proposal.time)},
                   {"judged", rehearsal.judged()},
                   {"expired", rehearsal.expired()},
                   {"left_out", rehearsal.left_out()},
                   {"damaged", damaged},
                   {"newly_refused", rehearsal.CountOf(Outcome::kNewlyRefused)},
                   {"newly_accepted", rehearsal.CountOf(Outcome::kNewlyAccepted)},
                   {"refused_later", rehearsal.CountOf(Outcome::kRefusedLater)},
                   {"changes", changes},
                   {"not_rehearsed", unseen}});
}

int Run(const Arguments& arguments) {
  if (arguments.recorded.empty() && arguments.live.empty()) {
    return Unusable(absl::InvalidArgumentError("nothing to rehearse with; give --recorded or --live"));
  }
  const absl::StatusOr<Proposal> proposal = ReadProposal(arguments);
  if (!proposal.ok()) return Unusable(proposal.status());
  Rehearsal rehearsal(*proposal);
  size_t damaged = 0;
  if (absl::Status status = AddInputs(arguments, &rehearsal, &damaged); !status.ok()) return Unusable(status);
  if (rehearsal.judged() == 0) {
    return Unusable(absl::InvalidArgumentError(absl::StrCat(
        "no handshake to judge, and ", rehearsal.left_out(), " last seen before ", FormatRfc3339(proposal->seen_since),
        "; name the recorded_handshakes_dir of processes that are in use, or give a longer --seen-within")));
  }
  std::cout << (arguments.output == "json" ? Json(*proposal, rehearsal, damaged) : Table(*proposal, rehearsal));
  if (rehearsal.CountOf(Outcome::kNewlyRefused) > 0) return kNo;
  return damaged == 0 ? kYes : kUnusable;
}

}  // namespace

void AddRehearse(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("rehearse", "Show who would be refused by pins that are not in effect yet");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--pins", arguments->pins, "the pin file that is about to be published")->required();
  command->add_option("--server-roots", arguments->server_roots,
                      "the CAs for servers, PEM; by default those that were recorded");
  command->add_option("--client-roots", arguments->client_roots,
                      "the CAs for clients, PEM; by default those that were recorded");
  command->add_option("--policy", arguments->policy, "also judge clients by this authorization policy");
  command->add_option("--revocations", arguments->revocations, "the fleet's revocations, which apply to the pin file");
  command->add_option("--time", arguments->time, "judge for this RFC 3339 time instead of now");
  command->add_option("--recorded", arguments->recorded, "the recorded_handshakes_dir of processes, or copies of them");
  AddDurationOption(command, "--seen-within", &arguments->seen_within, absl::Minutes(1),
                    "leave out peers that were last seen longer ago");
  command->add_option("--live", arguments->live, "HOST:PORT: also judge the servers that run there now");
  command->add_option("--census", arguments->censuses, "census files: name the peers that were not recorded");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion rehearse --pins pins-next.json --recorded recorded\n"
      "  pinion rehearse --pins pins-next.json --recorded recorded --census census.json\n"
      "  pinion rehearse --pins pins-next.json --policy policy.json --recorded recorded -o json\n"
      "  pinion rehearse --pins pins-next.json --server-roots ca.pem --live localhost:8443\n"
      "Each recorded handshake is judged by the code that judges live ones, and compared with what the process\n"
      "decided when the peer connected last; a live server counts as accepted. NEWLY_REFUSED would be locked out.\n"
      "NEWLY_ACCEPTED was refused. REFUSED_LATER is refused from a date on, before its certificate ends.\n"
      "NOT_REHEARSED is in a census and in no recording. NO_RULE, DENY_RULE: the policy would deny every call of the\n"
      "client. A certificate that is not valid at the time is judged for the nearest time when it is.\n"
      "JSON, version 1: {\"version\", \"pin_set_version\", \"time\", \"judged\", \"expired\", \"left_out\",\n"
      "  \"damaged\", \"newly_refused\", \"newly_accepted\", \"refused_later\", \"changes\": [{\"outcome\", \"side\"\n"
      "  (CALLS or SERVES, that recorded it), \"peer\", \"count\", \"last_seen\", \"host\", \"reason\", \"from\",\n"
      "  \"text\"}], \"not_rehearsed\": [{\"side\", \"peer\", \"processes\"}]}.\n"
      "Exit code: 0 no peer would be newly refused, 1 one would, 2 unusable input, such as a damaged recording.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
