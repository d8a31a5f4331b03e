#include "tools/pinion/drill_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "pinion/base/printable.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"

namespace pinion::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Accepted(const CaseResult& result) {
  if (!result.accepted.has_value()) return "-";
  return absl::StrCat(*result.accepted ? "yes" : "no", result.as_expected() ? "" : " !");
}

std::string Happened(const CaseResult& result) {
  return absl::StrCat(result.accepted.has_value() ? "" : "not exercised: ", Printable(result.happened));
}

std::string ResultWord(const CaseResult& result) {
  if (!result.accepted.has_value()) return "NOT_EXERCISED";
  return *result.accepted ? "ACCEPTED" : "REFUSED";
}

template <typename Predicate>
size_t Count(const DrillReport& report, const Predicate& predicate) {
  return static_cast<size_t>(std::count_if(report.cases.begin(), report.cases.end(), predicate));
}

size_t CountUnexpected(const DrillReport& report, bool legitimate) {
  return Count(report, [&](const CaseResult& one) { return one.legitimate == legitimate && !one.as_expected(); });
}

size_t CountSkipped(const DrillReport& report) {
  return Count(report, [](const CaseResult& one) { return !one.accepted.has_value(); });
}

std::string Summary(const DrillReport& report) {
  const std::string verdict = report.Verdict();
  if (verdict == "PROVED_NOTHING") return "The control failed, so this drill proved nothing.";
  const size_t refused = Count(report, [](const CaseResult& one) { return !one.legitimate && one.accepted == false; });
  std::string summary = absl::StrCat("Impostors: ", refused, " refused, ", CountUnexpected(report, false), " accepted");
  if (const size_t skipped = CountSkipped(report); skipped > 0)
    absl::StrAppend(&summary, ", ", skipped, " not exercised");
  if (const size_t locked_out = CountUnexpected(report, true); locked_out > 0) {
    absl::StrAppend(&summary, ". Legitimate peers refused: ", locked_out);
  }
  return absl::StrCat(summary, ".");
}

// A quoted XML attribute value. Control characters, which XML 1.0 cannot represent, become spaces.
std::string Attribute(const std::string& text) {
  std::string printable;
  for (const char byte : text) printable.push_back(byte >= 0 && byte < ' ' ? ' ' : byte);
  return absl::StrCat(
      "\"", absl::StrReplaceAll(printable, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}}), "\"");
}

std::string Seconds(absl::Duration took) { return absl::StrFormat("%.3f", absl::ToDoubleSeconds(took)); }

}  // namespace

std::string DrillReport::Verdict() const {
  if (cases.empty() || cases.front().accepted != true) return "PROVED_NOTHING";
  if (CountUnexpected(*this, false) > 0) return "IMPOSTOR_ACCEPTED";
  return CountUnexpected(*this, true) > 0 ? "LOCKED_OUT" : "ALL_REFUSED";
}

int DrillReport::ExitCode() const {
  const std::string verdict = Verdict();
  if (verdict == "PROVED_NOTHING") return kUnusable;
  return verdict == "ALL_REFUSED" ? kYes : kNo;
}

std::string DrillTable(const DrillReport& report) {
  const auto row = [](const std::string& name, const std::string& expected, const std::string& accepted,
                      const std::string& happened) {
    return absl::StrFormat("%-17s  %-8s  %-8s  %s\n", name, expected, accepted, happened);
  };
  std::string table = row("CASE", "EXPECTED", "ACCEPTED", "WHAT HAPPENED");
  for (const CaseResult& one : report.cases) {
    absl::StrAppend(&table, row(one.name, one.legitimate ? "accepted" : "refused", Accepted(one), Happened(one)));
  }
  return absl::StrCat(table, Summary(report), "\n");
}

std::string DrillJson(const DrillReport& report) {
  Json json = {{"version", 1},
               {"side", report.side},
               {"verdict", report.Verdict()},
               {"command", report.command},
               {"cases", Json::array()}};
  for (const CaseResult& one : report.cases) {
    json["cases"].push_back({{"name", one.name},
                             {"what", one.what},
                             {"legitimate", one.legitimate},
                             {"result", ResultWord(one)},
                             {"as_expected", one.as_expected()},
                             {"happened", Printable(one.happened)},
                             {"connections", one.connections},
                             {"handshake_completed", one.handshake_completed},
                             {"request", one.request},
                             {"exit_code", one.exit_code.has_value() ? Json(*one.exit_code) : Json()},
                             {"seconds", absl::ToDoubleSeconds(one.took)}});
  }
  return JsonText(json);
}

std::string DrillJunit(const DrillReport& report) {
  const std::string suite = absl::StrCat("pinion drill ", report.side);
  absl::Duration took;
  for (const CaseResult& one : report.cases) took += one.took;
  const size_t failures = CountUnexpected(report, false) + CountUnexpected(report, true);
  std::string xml = absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=", Attribute(suite),
                                 " tests=\"", report.cases.size(), "\" failures=\"", failures, "\" skipped=\"",
                                 CountSkipped(report), "\" time=\"", Seconds(took), "\">\n");
  for (const CaseResult& one : report.cases) {
    absl::StrAppend(&xml, "  <testcase classname=", Attribute(suite), " name=", Attribute(one.name), " time=\"",
                    Seconds(one.took), "\"");
    const std::string message = Attribute(absl::StrCat(one.what, ": ", Happened(one)));
    if (!one.as_expected()) {
      absl::StrAppend(&xml, "><failure message=", message, "/></testcase>\n");
    } else if (!one.accepted.has_value()) {
      absl::StrAppend(&xml, "><skipped message=", message, "/></testcase>\n");
    } else {
      absl::StrAppend(&xml, "/>\n");
    }
  }
  return absl::StrCat(xml, "</testsuite>\n");
}

}  // namespace pinion::cli
