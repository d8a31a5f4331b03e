#include "tools/pinion/recorded_calls.h"

#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "pinion/base/file.h"
#include "pinion/json/strict.h"

namespace pinion::cli {
namespace {

bool IsBlank(absl::string_view line) {
  const absl::string_view rest = absl::StripLeadingAsciiWhitespace(line);
  return rest.empty() || absl::StartsWith(rest, "//");
}

// Whether the first line is a call, rather than the beginning or the whole of a document.
bool HasACallALine(const std::vector<absl::string_view>& lines) {
  for (const absl::string_view line : lines) {
    if (IsBlank(line)) continue;
    const nlohmann::json json = nlohmann::json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false,
                                                      /*ignore_comments=*/true);
    return json.is_object() && !json.contains("calls");
  }
  return false;
}

absl::Status Check(const v1::RecordedCall& call, absl::string_view text, const std::string& file,
                   const std::string& path) {
  const std::string dot = path.empty() ? "" : ".";
  if (call.path().empty()) {
    return json::ErrorAt(text, file, absl::StrCat(path, dot, "path"),
                         "is missing or empty; say which method is called, as \"/package.Service/Method\"");
  }
  for (int i = 0; i < call.headers_size(); ++i) {
    if (call.headers(i).key().empty()) {
      return json::ErrorAt(text, file, absl::StrCat(path, dot, "headers[", i, "].key"),
                           "is missing or empty; give the header's name as the caller sent it");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PlacedCall>> ReadLines(const std::vector<absl::string_view>& lines,
                                                  const std::string& file) {
  std::vector<PlacedCall> calls;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (IsBlank(lines[i])) continue;
    PlacedCall call;
    call.place = absl::StrCat(file, ":", i + 1);
    absl::Status status = json::Parse(lines[i], file, &call.call);
    if (status.ok()) status = Check(call.call, lines[i], file, "");
    if (!status.ok()) {
      // Parsed again after the preceding newlines, so that the error has the line number in the file.
      const std::string in_place = absl::StrCat(std::string(i, '\n'), lines[i]);
      status = json::Parse(in_place, file, &call.call);
      return status.ok() ? Check(call.call, in_place, file, "") : status;
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

absl::StatusOr<std::vector<PlacedCall>> ReadDocument(const std::string& text, const std::string& file) {
  v1::RecordedCalls document;
  if (absl::Status status = json::Parse(text, file, &document); !status.ok()) return status;
  std::vector<PlacedCall> calls;
  for (int i = 0; i < document.calls_size(); ++i) {
    const std::string path = absl::StrCat("calls[", i, "]");
    if (absl::Status status = Check(document.calls(i), text, file, path); !status.ok()) return status;
    calls.push_back({absl::StrCat(file, ": ", path), document.calls(i)});
  }
  if (calls.empty()) return json::ErrorAt(text, file, "calls", "is missing or empty; there is nothing to compare by");
  return calls;
}

}  // namespace

absl::StatusOr<std::vector<PlacedCall>> ParseCalls(const std::string& text, const std::string& file) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  return HasACallALine(lines) ? ReadLines(lines, file) : ReadDocument(text, file);
}

absl::StatusOr<std::vector<PlacedCall>> ReadCalls(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadInput(file);
  if (!text.ok()) return text.status();
  return ParseCalls(*text, file);
}

}  // namespace pinion::cli
