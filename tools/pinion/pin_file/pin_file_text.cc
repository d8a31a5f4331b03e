#include "tools/pinion/pin_file/pin_file_text.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/base/rfc3339.h"
#include "pinion/json/string_literal.h"

namespace pinion::cli {
namespace {

using json::Place;

constexpr absl::string_view kBlank = " \t\r";

std::string PinPath(size_t peer, size_t pin) { return absl::StrCat("peers[", peer, "].pins[", pin, "]"); }

std::string DocumentPath(size_t document) { return absl::StrCat("documents[", document, "]"); }

size_t LineBegin(absl::string_view text, size_t at) {
  const size_t newline = at == 0 ? absl::string_view::npos : text.rfind('\n', at - 1);
  return newline == absl::string_view::npos ? 0 : newline + 1;
}

// The position of the newline, or of the end of the text.
size_t LineEnd(absl::string_view text, size_t at) { return std::min(text.find('\n', at), text.size()); }

bool IsBlank(absl::string_view text) { return text.find_first_not_of(kBlank) == absl::string_view::npos; }

// Skips white space and comments.
size_t SkipComments(absl::string_view text, size_t at) {
  for (;;) {
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    if (text.substr(at, 2) == "//") {
      at = LineEnd(text, at);
    } else if (text.substr(at, 2) == "/*") {
      at = text.find("*/", at + 2) + 2;
    } else {
      return at;
    }
  }
}

// Whether only comments that end on this line are left on it.
bool OnlyCommentsFollow(absl::string_view text, size_t at) {
  const size_t line_end = LineEnd(text, at);
  for (;;) {
    at = text.find_first_not_of(kBlank, at);
    if (at >= line_end || text.substr(at, 2) == "//") return true;
    if (text.substr(at, 2) != "/*") return false;
    at = text.find("*/", at + 2) + 2;
    if (at > line_end) return false;
  }
}

}  // namespace

absl::string_view KindName(PinKind kind) {
  switch (kind) {
    case PinKind::kCertificate:
      return "certificate";
    case PinKind::kIssuerSpki:
      return "issuer_spki";
    case PinKind::kSpki:
      break;
  }
  return "spki";
}

std::string PinEntry(const PeerPin& pin) {
  std::string entry = absl::StrCat("{\"", KindName(pin.pin.kind), "\": \"", x509::ToPinText(pin.pin.digest),
                                   "\", \"state\": \"", ToString(pin.state), "\"");
  const auto add_time = [&entry](absl::string_view name, absl::Time time) {
    absl::StrAppend(&entry, ", \"", name, "\": \"", FormatRfc3339(time), "\"");
  };
  if (pin.not_before != absl::InfinitePast()) add_time("not_before", pin.not_before);
  if (pin.not_after != absl::InfiniteFuture()) add_time("not_after", pin.not_after);
  return entry + "}";
}

Place PinFileText::Find(absl::string_view path) const {
  const std::vector<Place> places = *json::Places(text_, "");
  const auto found = std::find_if(places.begin(), places.end(), [path](const Place& one) { return one.path == path; });
  return found == places.end() ? Place() : *found;
}

size_t PinFileText::LastMemberEnd(absl::string_view object) const {
  const Place around = Find(object);
  size_t end = 0;
  const std::vector<Place> places = *json::Places(text_, "");
  for (const Place& place : places) {
    if (place.begin > around.begin && place.end < around.end) end = std::max(end, place.end);
  }
  return end;
}

void PinFileText::Replace(const Place& place, absl::string_view value) {
  text_.replace(place.begin, place.end - place.begin, value.data(), value.size());
}

void PinFileText::SetVersion(int64_t version) { Replace(Find("version"), absl::StrCat(version)); }

void PinFileText::SetState(size_t peer, size_t pin, v1::PinState state) {
  Replace(Find(PinPath(peer, pin) + ".state"), json::StringLiteral(v1::PinState_Name(state)));
}

void PinFileText::SetTime(size_t peer, size_t pin, absl::string_view name, absl::Time time) {
  const std::string path = absl::StrCat(PinPath(peer, pin), ".", name);
  const std::string value = json::StringLiteral(FormatRfc3339(time));
  if (const Place place = Find(path); !place.path.empty()) {
    Replace(place, value);
  } else {
    text_.insert(LastMemberEnd(PinPath(peer, pin)), absl::StrCat(", \"", name, "\": ", value));
  }
}

void PinFileText::RemoveTimes(size_t peer, size_t pin) {
  const std::string path = PinPath(peer, pin);
  for (const char* name : {".not_before", ".not_after"}) {
    if (!Find(path + name).path.empty()) RemoveItem(path + name, path);
  }
}

void PinFileText::AddPin(size_t peer, const PeerPin& pin) {
  size_t last = 0;
  while (!Find(PinPath(peer, last + 1)).path.empty()) ++last;
  AddAfter(PinPath(peer, last), PinEntry(pin));
}

void PinFileText::AddAfter(absl::string_view last, const std::string& element) {
  const Place neighbour = Find(last);
  const size_t line = LineBegin(text_, neighbour.begin);
  const absl::string_view indent = absl::string_view(text_).substr(line, neighbour.begin - line);
  if (!IsBlank(indent) || !OnlyCommentsFollow(text_, neighbour.end)) {
    text_.insert(neighbour.end, ", " + element);
    return;
  }
  const bool is_dos = absl::EndsWith(absl::string_view(text_).substr(0, LineEnd(text_, neighbour.end)), "\r");
  const std::string added = absl::StrCat(is_dos ? "\r\n" : "\n", indent, element);
  text_.insert(LineEnd(text_, neighbour.end) - (is_dos ? 1 : 0), added);
  text_.insert(neighbour.end, ",");
}

std::vector<std::string> PinFileText::Documents() const {
  std::vector<std::string> files;
  const std::vector<Place> places = *json::Places(text_, "");
  for (const Place& place : places) {
    if (place.path == DocumentPath(files.size()) + ".file") files.push_back(place.text);
  }
  return files;
}

void PinFileText::SetDocument(const std::string& file, const std::string& sha256) {
  const std::vector<std::string> files = Documents();
  if (const auto found = std::find(files.begin(), files.end(), file); found != files.end()) {
    return Replace(Find(DocumentPath(found - files.begin()) + ".sha256"), json::StringLiteral(sha256));
  }
  const std::string entry =
      absl::StrCat("{\"file\": ", json::StringLiteral(file), ", \"sha256\": ", json::StringLiteral(sha256), "}");
  if (!files.empty()) return AddAfter(DocumentPath(files.size() - 1), entry);
  if (!Find("documents").path.empty()) RemoveItem("documents", "");  // an empty list
  // Before the peers, which are the longest part.
  text_.insert(Find("peers").item_begin, absl::StrCat("\"documents\": [\n    ", entry, "\n  ],\n  "));
}

void PinFileText::RemoveDocument(const std::string& file) {
  const std::vector<std::string> files = Documents();
  const auto found = std::find(files.begin(), files.end(), file);
  if (found == files.end()) return;
  files.size() == 1 ? RemoveItem("documents", "") : RemoveItem(DocumentPath(found - files.begin()), "documents");
}

void PinFileText::RemovePin(size_t peer, size_t pin) {
  RemoveItem(PinPath(peer, pin), absl::StrCat("peers[", peer, "].pins"));
}

void PinFileText::RemoveItem(absl::string_view path, absl::string_view container) {
  const Place item = Find(path);
  const Place around = Find(container);
  size_t begin = item.item_begin;
  size_t end = item.end;
  std::optional<size_t> comma_before;
  if (const size_t next = SkipComments(text_, end); text_[next] == ',') {
    end = next + 1;
  } else {
    size_t previous_end = 0;
    const std::vector<Place> places = *json::Places(text_, "");
    for (const Place& other : places) {
      if (other.begin > around.begin && other.end <= begin) previous_end = std::max(previous_end, other.end);
    }
    comma_before = SkipComments(text_, previous_end);
  }
  const size_t line = LineBegin(text_, begin);
  const bool has_own_line = IsBlank(absl::string_view(text_).substr(line, begin - line));
  if (has_own_line && OnlyCommentsFollow(text_, end)) {
    begin = line;
    end = std::min(LineEnd(text_, end) + 1, text_.size());
  } else if (comma_before.has_value() || IsBlank(absl::string_view(text_).substr(end, LineEnd(text_, end) - end))) {
    begin = std::max(line, absl::string_view(text_).find_last_not_of(kBlank, begin - 1) + 1);
  } else {
    end = absl::string_view(text_).find_first_not_of(kBlank, end);
  }
  text_.erase(begin, end - begin);
  if (comma_before.has_value()) text_.erase(*comma_before, 1);
}

std::vector<int> PinFileText::CommentLines(size_t peer, size_t pin) const {
  const Place place = Find(PinPath(peer, pin));
  const auto number = [this](size_t at) {
    return static_cast<int>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
  };
  const absl::string_view text = text_;
  std::vector<int> lines;
  for (size_t line = LineBegin(text, place.begin); line > 0;) {
    line = LineBegin(text, line - 1);
    const absl::string_view above = absl::StripLeadingAsciiWhitespace(text.substr(line, LineEnd(text, line) - line));
    if (!absl::StartsWith(above, "//") && !absl::StartsWith(above, "/*")) break;
    lines.insert(lines.begin(), number(line));
  }
  const absl::string_view behind = text.substr(place.end, LineEnd(text, place.end) - place.end);
  if (absl::StrContains(behind, "//") || absl::StrContains(behind, "/*")) lines.push_back(number(place.end));
  return lines;
}

}  // namespace pinion::cli
