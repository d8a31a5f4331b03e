#include "tools/pinion/finding.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/base/printable.h"
#include "pinion/json/strict.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/placed_error.h"

namespace pinion::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* NameOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "ERROR";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kInfo:
      break;
  }
  return "INFO";
}

int CountOf(const std::vector<Finding>& findings, Severity severity) {
  return static_cast<int>(std::count_if(findings.begin(), findings.end(),
                                        [severity](const Finding& finding) { return finding.severity == severity; }));
}

auto OrderOf(const Finding& finding) {
  return std::tie(finding.severity, finding.place.file, finding.place.line, finding.place.column, finding.code,
                  finding.text, finding.fix);
}

std::string Counted(int count, absl::string_view noun) { return absl::StrCat(count, " ", noun, count == 1 ? "" : "s"); }

}  // namespace

Place PlaceOf(absl::string_view text, const std::string& file, absl::string_view path) {
  const PlacedError error = TakeApart(file, json::ErrorAt(text, file, path, ""));
  return {file, error.line, error.column};
}

Finding FromError(Severity severity, std::string code, const std::string& file, const absl::Status& status) {
  const PlacedError error = TakeApart(file, status);
  absl::string_view text = error.text;
  absl::ConsumePrefix(&text, "identity: ");  // the code has it already
  Finding finding = {severity, std::move(code), {file, error.line, error.column}, std::string(text), ""};
  const size_t end = finding.text.rfind("; ");
  if (end == std::string::npos) return finding;
  finding.fix = finding.text.substr(end + 2);
  finding.text.resize(end);
  return finding;
}

void SortOut(std::vector<Finding>* findings) {
  std::sort(findings->begin(), findings->end(),
            [](const Finding& a, const Finding& b) { return OrderOf(a) < OrderOf(b); });
  const auto end = std::unique(findings->begin(), findings->end(),
                               [](const Finding& a, const Finding& b) { return OrderOf(a) == OrderOf(b); });
  findings->erase(end, findings->end());
}

std::string FindingsTable(const std::vector<CheckedFile>& files, const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    const Place& place = finding.place;
    absl::StrAppend(&out, absl::CHexEscape(place.file));
    if (place.line > 0) absl::StrAppend(&out, ":", place.line, ":", place.column);
    absl::StrAppend(&out, ": ", NameOf(finding.severity), " ", finding.code, ": ", Printable(finding.text), "\n");
    if (!finding.fix.empty()) absl::StrAppend(&out, "  fix: ", Printable(finding.fix), "\n");
  }
  for (const CheckedFile& file : files)
    absl::StrAppend(&out, "checked ", absl::CHexEscape(file.file), ", ", file.kind, "\n");
  return absl::StrCat(out, Counted(CountOf(findings, Severity::kError), "error"), ", ",
                      Counted(CountOf(findings, Severity::kWarning), "warning"), ", ",
                      Counted(CountOf(findings, Severity::kInfo), "remark"), "\n");
}

std::string FindingsJson(const std::vector<CheckedFile>& files, const std::vector<Finding>& findings) {
  Json json;
  json["version"] = 1;
  json["files"] = Json::array();
  for (const CheckedFile& file : files) json["files"].push_back({{"file", file.file}, {"kind", file.kind}});
  json["findings"] = Json::array();
  for (const Finding& finding : findings) {
    json["findings"].push_back({{"severity", NameOf(finding.severity)},
                                {"code", finding.code},
                                {"file", finding.place.file},
                                {"line", finding.place.line},
                                {"column", finding.place.column},
                                {"text", finding.text},
                                {"fix", finding.fix}});
  }
  json["errors"] = CountOf(findings, Severity::kError);
  json["warnings"] = CountOf(findings, Severity::kWarning);
  json["remarks"] = CountOf(findings, Severity::kInfo);
  return JsonText(json);
}

}  // namespace pinion::cli
