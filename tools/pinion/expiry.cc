// `pinion expiry`: the calendar of a deployment.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <tuple>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "tools/pinion/command.h"
#include "tools/pinion/endings.h"
#include "tools/pinion/json_output.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::vector<std::string> files;
  std::optional<int> within;  // days
  std::optional<std::string> time;
  std::string output = "table";
};

// The soonest first, each once: two configurations may name one file.
void SortOut(std::vector<Ending>* endings) {
  const auto order = [](const Ending& one) {
    return std::tie(one.end, one.place.file, one.place.line, one.place.column, one.what);
  };
  std::sort(endings->begin(), endings->end(), [&](const Ending& a, const Ending& b) { return order(a) < order(b); });
  endings->erase(std::unique(endings->begin(), endings->end(),
                             [&](const Ending& a, const Ending& b) { return order(a) == order(b); }),
                 endings->end());
}

// Whole days, rounded down; negative once it has ended.
int64_t DaysLeft(const Ending& ending, absl::Time now) {
  constexpr absl::Duration kDay = absl::Hours(24);
  return static_cast<int64_t>(absl::Floor(ending.end - now, kDay) / kDay);
}

std::string Table(const std::vector<Ending>& endings, absl::Time now) {
  std::string table;
  for (const Ending& ending : endings) {
    const std::string left = ending.end <= now ? std::string("ENDED") : absl::StrCat(DaysLeft(ending, now), " days");
    absl::StrAppendFormat(&table, "%s  %9s  %-11s  %s  (%s", FormatRfc3339(ending.end), left, ending.noun,
                          Printable(ending.what), absl::CHexEscape(ending.place.file));
    if (ending.place.line > 0) absl::StrAppend(&table, ":", ending.place.line);
    absl::StrAppend(&table, ")\n  ", Printable(ending.fix), "\n");
  }
  return endings.empty() ? "nothing ends\n" : table;
}

std::string Json(const std::vector<Ending>& endings, absl::Time now) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Ending& ending : endings) {
    list.push_back({{"end", FormatRfc3339(ending.end)},
                    {"days_left", DaysLeft(ending, now)},
                    {"kind", ending.noun},
                    {"what", ending.what},
                    {"file", ending.place.file},
                    {"line", ending.place.line},
                    {"fix", ending.fix}});
  }
  return JsonText({{"version", 1}, {"endings", list}});
}

int Run(const Arguments& arguments) {
  const absl::StatusOr<absl::Time> now = TimeOption("--time", arguments.time, absl::Now());
  if (!now.ok()) return Unusable(now.status());
  Deployment deployment;
  std::vector<Finding> findings;
  if (absl::Status status = Load(arguments.files, &deployment, &findings); !status.ok()) return Unusable(status);
  const bool is_unusable = std::any_of(findings.begin(), findings.end(),
                                       [](const Finding& finding) { return finding.severity == Severity::kError; });
  if (is_unusable) {
    std::cerr << FindingsTable(deployment.files, findings);
    return kUnusable;
  }
  std::vector<Ending> endings = EndingsOf(deployment, *now);
  SortOut(&endings);
  if (arguments.within.has_value()) {
    const absl::Time last = *now + absl::Hours(24) * *arguments.within;
    endings.erase(std::find_if(endings.begin(), endings.end(), [last](const Ending& one) { return one.end > last; }),
                  endings.end());
  }
  std::cout << (arguments.output == "json" ? Json(endings, *now) : Table(endings, *now));
  return endings.empty() || endings.front().end > *now ? kYes : kNo;
}

}  // namespace

void AddExpiry(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("expiry", "List everything that ends, the soonest first, and what to do");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->files, "configurations, pin sets, certificates (PEM or DER)")->required();
  command->add_option("--within", arguments->within, "only what ends within this many days, or has ended")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--time", arguments->time, "as of this RFC 3339 time instead of now");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion expiry orders.json payments.json\n"
      "  pinion expiry pins.json payments.pem --within 90 -o json\n"
      "Certificates with their intermediates, trust roots, the pin set, pins with not_after, report-only, and proofs "
      "of\n"
      "backups. The files that a configuration names are listed, too. `pinion check` warns of what ends within 30 "
      "days.\n"
      "JSON: {\"version\": 1, \"endings\": [{\"end\", \"days_left\", \"kind\", \"what\", \"file\", \"line\", "
      "\"fix\"}]};\n"
      "  `kind` is CERTIFICATE, ROOT, PIN_SET, PIN, REPORT_ONLY or PROOF.\n"
      "Exit code: 0 nothing has ended; 1 something has; 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
