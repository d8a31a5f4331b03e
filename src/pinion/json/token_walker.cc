#include "pinion/json/token_walker.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion::json {
namespace {

// Passes the text to the lexer byte by byte and exposes the lexer's position to the walker.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** cursor) : at_(at), cursor_(cursor) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *cursor_ = ++at_;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** cursor_;
};

// Skips white space, comments and separators.
size_t SkipToToken(absl::string_view text, size_t at) {
  while (at < text.size()) {
    if (absl::StrContains(" \t\r\n,:", text[at])) {
      ++at;
    } else if (text.substr(at, 2) == "//") {
      at = std::min(text.find_first_of("\r\n", at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      const size_t end = text.find("*/", at + 2);
      at = end == absl::string_view::npos ? text.size() : end + 2;
    } else {
      break;
    }
  }
  return at;
}

// Extracts WHAT from nlohmann's "[json.exception...] parse error at line 1, column 2: WHAT; last read: 'TOKEN'". The
// position is reported separately. The token is omitted, since it may be a secret that was written in place of a path.
std::string WhatIsWrong(absl::string_view error) {
  const size_t detail = error.find(": ");
  if (detail != absl::string_view::npos) error.remove_prefix(detail + 2);
  const size_t token = error.find("; last read");
  const size_t token_alone = error.find(" - last read");
  return std::string(error.substr(0, std::min(token, token_alone)));
}

}  // namespace

std::string LineAndColumn(absl::string_view text, size_t offset) {
  const absl::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  const size_t column = newline == absl::string_view::npos ? offset + 1 : offset - newline;
  return absl::StrCat(std::count(before.begin(), before.end(), '\n') + 1, ":", column);
}

bool TokenWalker::Walk() {
  // nlohmann treats it as the end of the text and of a comment; other parsers do not.
  if (const size_t nul = text_.find('\0'); nul != absl::string_view::npos) {
    error_at_ = nul;
    syntax_error_ = "a NUL byte";
    return false;
  }
  cursor_ = text_.data();
  const CountingIterator begin(text_.data(), &cursor_);
  const CountingIterator end(text_.data() + text_.size(), &cursor_);
  return nlohmann::json::sax_parse(begin, end, this, nlohmann::json::input_format_t::json, /*strict=*/true,
                                   /*ignore_comments=*/true);
}

std::string TokenWalker::path() const {
  std::string path;
  for (const Level& level : levels_) {
    if (level.is_array) {
      absl::StrAppend(&path, "[", level.index, "]");
    } else if (!level.key.empty()) {
      absl::StrAppend(&path, path.empty() ? "" : ".", level.key);
    }
  }
  return path;
}

size_t TokenWalker::offset() const { return error_at_ != std::string::npos ? error_at_ : SkipToToken(text_, before_); }

void TokenWalker::BeginToken() {
  before_ = token_end_;
  token_end_ = cursor_ - text_.data();
}

void TokenWalker::FinishValue() {
  if (levels_.empty()) return;
  if (levels_.back().is_array) {
    ++levels_.back().index;
  } else {
    levels_.back().key.clear();
  }
}

bool TokenWalker::OnScalar(const Value& value) {
  BeginToken();
  return OnToken(value);
}

bool TokenWalker::OnNumber(const Value& value) {
  BeginToken();
  token_end_ = std::min(text_.find_first_not_of("+-.0123456789eE", offset()), text_.size());
  return OnToken(value);
}

bool TokenWalker::OnToken(const Value& value) {
  if (!OnValue(value)) return false;
  FinishValue();
  return true;
}

bool TokenWalker::Open(Kind kind) {
  BeginToken();
  if (!OnValue({kind, ""})) return false;
  levels_.push_back({kind == Kind::kArray, 0, ""});
  return true;
}

bool TokenWalker::Close() {
  BeginToken();
  levels_.pop_back();
  if (!OnEnd()) return false;
  FinishValue();
  return true;
}

bool TokenWalker::key(std::string& name) {
  BeginToken();
  levels_.back().key = name;
  return OnKey(name);
}

bool TokenWalker::parse_error(size_t position, const std::string& /*last_token*/,
                              const nlohmann::json::exception& error) {
  // nlohmann reports its read position, which is after the unexpected token.
  const size_t last_read = position == 0 ? 0 : std::min(position - 1, text_.size());
  error_at_ = std::min(SkipToToken(text_, token_end_), last_read);
  syntax_error_ = WhatIsWrong(error.what());
  return false;
}

}  // namespace pinion::json
