#include "tools/pinion/verdict_output.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"
#include "tools/pinion/json_output.h"

namespace pinion::cli {

bool IsThePinSets(v1::Reason reason) {
  switch (reason) {
    case v1::HOST_NOT_PINNED:
    case v1::PIN_MISMATCH:
    case v1::PIN_REVOKED:
    case v1::PIN_NOT_YET_VALID:
    case v1::PIN_EXPIRED:
    case v1::PIN_SET_EXPIRED:
      return true;
    default:
      return false;
  }
}

std::string VerdictTable(const Verdict& verdict) {
  std::string out = v1::Reason_Name(verdict.reason);
  if (!verdict.problem.empty()) absl::StrAppend(&out, ": ", verdict.problem);
  absl::StrAppend(&out, "\n");
  const auto line = [&out](const char* label, const std::string& text) {
    if (!text.empty()) absl::StrAppend(&out, "  ", label, text, "\n");
  };
  if (verdict.report_only_reason != v1::REASON_UNSPECIFIED) {
    line("otherwise  ", absl::StrCat(v1::Reason_Name(verdict.report_only_reason), "; accepted by report-only"));
  }
  line("peer       ", verdict.peer);
  line("matched    ", verdict.matched.has_value() ? ToString(*verdict.matched) : "");
  line("presented  ", verdict.presented);
  line("expected   ", verdict.expected);
  line("next step  ", verdict.next_step);
  if (verdict.accepted()) line("until      ", FormatRfc3339(verdict.holds_until));
  return out;
}

nlohmann::ordered_json VerdictObject(const Verdict& verdict) {
  nlohmann::ordered_json json;
  json["reason"] = v1::Reason_Name(verdict.reason);
  const auto add = [&json](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  if (verdict.report_only_reason != v1::REASON_UNSPECIFIED)
    add("report_only_reason", v1::Reason_Name(verdict.report_only_reason));
  add("peer", verdict.peer);
  if (verdict.matched.has_value()) {
    json["matched"] = {{"pin", ToString(verdict.matched->pin)}, {"state", ToString(verdict.matched->state)}};
  }
  add("problem", verdict.problem);
  add("presented", verdict.presented);
  add("expected", verdict.expected);
  add("next_step", verdict.next_step);
  if (verdict.accepted()) json["holds_until"] = FormatRfc3339(verdict.holds_until);
  if (verdict.accepted() && verdict.grpc_finds_no_path) json["grpc_finds_no_path"] = true;
  return json;
}

std::string VerdictJson(const Verdict& verdict) {
  nlohmann::ordered_json json = {{"version", 1}};
  json.update(VerdictObject(verdict));
  return JsonText(json);
}

}  // namespace pinion::cli
