#include "pinion/x509/encoding/pem.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace pinion::x509 {
namespace {

constexpr absl::string_view kBegin = "-----BEGIN ";
constexpr absl::string_view kEnd = "-----END ";
constexpr absl::string_view kDashes = "-----";
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr size_t kLineLength = 64;

// Removes the first line from *text and returns it without its line end and surrounding white space.
absl::string_view TakeLine(absl::string_view* text) {
  const size_t end = std::min(text->find_first_of("\r\n"), text->size());
  const absl::string_view line = text->substr(0, end);
  text->remove_prefix(end);
  if (!absl::ConsumePrefix(text, "\r\n") && !text->empty()) text->remove_prefix(1);
  return absl::StripAsciiWhitespace(line);
}

// Whether the line is `boundary`, a label and dashes, and nothing else.
bool IsBoundary(absl::string_view line, absl::string_view boundary, std::string* label) {
  if (!absl::ConsumePrefix(&line, boundary) || !absl::ConsumeSuffix(&line, kDashes)) return false;
  *label = std::string(line);
  return !absl::StrContains(line, kDashes);
}

bool IsBase64(absl::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '+' || c == '/' || c == '='; });
}

// Reads one text, line by line. Each step returns true to continue; otherwise it has filled in the error.
class Reader {
 public:
  absl::StatusOr<std::vector<PemBlock>> Read(absl::string_view text) {
    absl::ConsumePrefix(&text, kByteOrderMark);
    while (!text.empty()) {
      ++line_number_;
      const absl::string_view line = TakeLine(&text);
      if (!(is_inside_ ? ReadInside(line) : ReadOutside(line))) return error_;
    }
    if (is_inside_) return Garbled("its END line is missing");
    return std::move(blocks_);
  }

 private:
  bool ReadOutside(absl::string_view line) {
    if (absl::StartsWith(line, "#")) return true;
    if (IsBoundary(line, kBegin, &block_.label)) {
      is_inside_ = true;
      return true;
    }
    if (absl::StrContains(line, "\\n") && absl::StrContains(line, kBegin)) {
      return Fail(
          "its line ends are the two characters \\n instead of line ends, as in an environment variable; "
          "convert it with printf '%b\\n' \"$(cat FILE)\" > NEW");
    }
    // Some of the dashes may also be missing.
    if (absl::StrContains(line, "-BEGIN ")) {
      return Fail("a BEGIN boundary is damaged or shares its line with other text; begin a comment line with '#'");
    }
    return !absl::StrContains(line, "-END ") ||
           Fail("a PEM block is truncated: an END boundary without a BEGIN boundary, or with other text on its line");
  }

  bool ReadInside(absl::string_view line) {
    std::string label;
    if (IsBoundary(line, kEnd, &label)) return EndBlock(label);
    if (absl::StartsWith(line, kEnd)) return Garble("other text is on the line of its END boundary");
    if (absl::StartsWith(line, kBegin)) return Garble("its END line is missing");
    if (base64_.empty() && absl::StrContains(line, ':')) {
      block_.is_encrypted = block_.is_encrypted || absl::StrContains(line, "ENCRYPTED");
      return true;
    }
    if (!IsBase64(line)) return Garble("it is not base64");
    base64_.append(line.data(), line.size());
    return true;
  }

  bool EndBlock(const std::string& label) {
    if (label != block_.label) return Garble("its END line has another label than its BEGIN line");
    if (base64_.empty() || base64_.size() % 4 != 0 || !absl::Base64Unescape(base64_, &block_.der)) {
      return Garble("its base64 is incomplete");
    }
    blocks_.push_back(std::move(block_));
    block_ = PemBlock();
    base64_.clear();
    is_inside_ = false;
    return true;
  }

  absl::Status Garbled(absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("PEM block ", blocks_.size() + 1, " is garbled at line ", line_number_, ": ", why));
  }

  bool Garble(absl::string_view why) {
    error_ = Garbled(why);
    return false;
  }

  bool Fail(absl::string_view why) {
    error_ = absl::InvalidArgumentError(absl::StrCat("line ", line_number_, ": ", why));
    return false;
  }

  int line_number_ = 0;
  bool is_inside_ = false;
  PemBlock block_;
  std::string base64_;
  std::vector<PemBlock> blocks_;
  absl::Status error_;
};

}  // namespace

absl::StatusOr<std::vector<PemBlock>> ReadPem(absl::string_view text) { return Reader().Read(text); }

std::string WritePem(absl::string_view label, absl::string_view der) {
  std::string pem = absl::StrCat(kBegin, label, kDashes, "\n");
  const std::string base64 = absl::Base64Escape(der);
  for (size_t at = 0; at < base64.size(); at += kLineLength) {
    absl::StrAppend(&pem, absl::string_view(base64).substr(at, kLineLength), "\n");
  }
  absl::StrAppend(&pem, kEnd, label, kDashes, "\n");
  return pem;
}

}  // namespace pinion::x509
