#include "pinion/admin/open_metrics.h"

#include <prometheus/text_serializer.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace pinion {
namespace {

constexpr char kOpenMetrics[] = "application/openmetrics-text";

// Both formats are alike but for the names of counters in "# HELP" and "# TYPE", which lack "_total", and for the end.
std::string ToOpenMetrics(const std::string& text) {
  std::string converted;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    if (words.size() == 4 && words[0] == "#") {
      absl::StrAppend(&converted, "# ", words[1], " ", absl::StripSuffix(words[2], "_total"), " ", words[3], "\n");
    } else {
      absl::StrAppend(&converted, line, "\n");
    }
  }
  return converted + "# EOF\n";
}

}  // namespace

MetricsText PrintMetrics(const std::vector<prometheus::MetricFamily>& families, absl::string_view accept) {
  std::string text = prometheus::TextSerializer().Serialize(families);
  if (!absl::StrContains(accept, kOpenMetrics)) return {std::move(text), "text/plain; version=0.0.4; charset=utf-8"};
  return {ToOpenMetrics(text), "application/openmetrics-text; version=1.0.0; charset=utf-8"};
}

}  // namespace pinion
