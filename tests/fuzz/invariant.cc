#include "tests/fuzz/invariant.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace pinion::fuzz {
namespace {

struct Tally {
  ~Tally() { std::fprintf(stderr, "accepted: %zu of %zu\n", accepted, inputs); }
  size_t accepted = 0;
  size_t inputs = 0;
};

Tally& TheTally() {
  static Tally tally;
  return tally;
}

// "12:7: "
bool ConsumePlace(absl::string_view* text) {
  for (const absl::string_view end : {":", ": "}) {
    const size_t digits = std::min(text->find_first_not_of("0123456789"), text->size());
    text->remove_prefix(digits);
    if (digits == 0 || !absl::ConsumePrefix(text, end)) return false;
  }
  return true;
}

}  // namespace

void Require(bool holds, absl::string_view invariant, absl::string_view shown) {
  if (holds) return;
  std::fputs(absl::StrCat("does not hold: ", invariant, "\n", absl::CEscape(shown), "\n").c_str(), stderr);
  std::abort();
}

void RequirePrintable(absl::string_view text) {
  const auto printable = [](char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)) || c == '\n'; };
  Require(std::all_of(text.begin(), text.end(), printable), "text is printable ASCII", text);
}

void RequirePlacedError(const absl::Status& status, absl::string_view file) {
  Require(status.code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument", status.ToString());
  RequirePrintable(status.message());
  absl::string_view message = status.message();
  Require(absl::ConsumePrefix(&message, file) && absl::ConsumePrefix(&message, ":") && ConsumePlace(&message),
          "a refusal begins with its place", status.message());
}

void CountInput(bool accepted) {
  ++TheTally().inputs;
  TheTally().accepted += accepted ? 1 : 0;
}

size_t AcceptedInputs() { return TheTally().accepted; }

}  // namespace pinion::fuzz
