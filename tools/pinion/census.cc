// `pinion census`: who would accept the next identity, by what processes have written.
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/census/merged_census.h"
#include "pinion/census/report.h"
#include "pinion/json/printed.h"
#include "pinion/json/timestamp.h"
#include "tools/pinion/command.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::vector<std::string> files;
  std::string output = "table";
};

std::string Table(const AdoptionStatus& adoption) {
  std::string table = absl::StrCat(ToString(adoption), "\n");
  const v1::AdoptionReport report = ReportOf(adoption);
  for (const v1::AdoptionReport::Identity& peer : report.identities()) {
    const bool is_known = peer.state() != v1::NEVER_SEEN;
    absl::StrAppendFormat(&table, "  %-10s %4d  %s", v1::AdoptionAnswer_Name(peer.state()), peer.count(),
                          peer.name().empty() ? "unlisted" : peer.name());
    if (!peer.listed() && !peer.name().empty()) absl::StrAppend(&table, " (unlisted)");
    if (peer.excluded()) absl::StrAppend(&table, " (excluded)");
    if (peer.reason() != v1::REASON_UNSPECIFIED) absl::StrAppend(&table, ", ", v1::Reason_Name(peer.reason()));
    if (peer.pin_set_version() > 0) absl::StrAppend(&table, ", pin set ", peer.pin_set_version());
    if (is_known) {
      absl::StrAppend(&table, ", last seen ", FormatRfc3339(json::ToTime(peer.last_seen())));
    }
    table += "\n";
  }
  return table;
}

int Run(const Arguments& arguments) {
  const absl::StatusOr<MergedCensus> merged = MergeCensuses(arguments.files, absl::Now());
  if (!merged.ok()) return Unusable(merged.status());
  for (const std::string& remark : merged->remarks) std::cerr << "pinion: " << remark << "\n";
  std::cout << (arguments.output == "json" ? json::Print(ReportOf(merged->adoption)).value_or("{}")
                                           : Table(merged->adoption));
  return merged->adoption.blocking == 0 && merged->remarks.empty() ? kYes : kNo;
}

}  // namespace

void AddCensus(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("census", "Show who would accept the next identity of a process");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->files, "adoption.census_file of each process that will use the identity")
      ->required();
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion census census.json\n"
      "  pinion census replica-1.json replica-2.json -o json\n"
      "A process that several of them know counts once. Name every replica: one that is left out may know a process\n"
      "that would refuse.\n"
      "ACCEPTING would accept it. BEHIND would refuse it. SILENT is connected, and has not answered. GONE left "
      "without\n"
      "accepting it, and nothing took its place. NEVER_SEEN is in the pin set, and was never connected. ATTESTED "
      "takes\n"
      "no part, and `pinion adoption report` on its host says that its files would accept it.\n"
      "JSON: {\"candidate\", \"offered\", \"identities\": [{\"side\", \"name\", \"listed\", \"state\", \"count\", "
      "\"reason\",\n  \"pin_set_version\", \"last_seen\"}], \"blocking\"}.\n"
      "Exit code: 0 no process would refuse it; 1 one would or has not said, or a file is not up to date; 2 unusable\n"
      "  input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
