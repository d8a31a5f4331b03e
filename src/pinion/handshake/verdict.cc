#include "pinion/handshake/verdict.h"

#include "absl/strings/str_cat.h"

namespace pinion {

std::string Verdict::ToString() const {
  std::string text = v1::Reason_Name(reason);
  if (report_only_reason != v1::REASON_UNSPECIFIED) {
    absl::StrAppend(&text, " (report-only, else ", v1::Reason_Name(report_only_reason), ")");
  }
  const char* separator = ": ";
  for (const auto& [label, part] : {std::pair<const char*, const std::string&>{"", problem},
                                    {"presented ", presented},
                                    {"expected ", expected},
                                    {"", next_step}}) {
    if (part.empty()) continue;
    absl::StrAppend(&text, separator, label, part);
    separator = "; ";
  }
  return text;
}

}  // namespace pinion
