// Files of recorded calls: one call a line, or one document.
#include <set>
#include <string>

#include "tests/fuzz/invariant.h"
#include "tools/pinion/recorded_calls.h"

namespace pinion::cli {
namespace {

using fuzz::Require;

void Check(const std::string& text) {
  const absl::StatusOr<std::vector<PlacedCall>> calls = ParseCalls(text, "calls.json");
  fuzz::CountInput(calls.ok());
  if (!calls.ok()) return fuzz::RequirePlacedError(calls.status(), "calls.json");
  Require(!calls->empty(), "there is a call");
  std::set<std::string> places;
  for (const PlacedCall& call : *calls) {
    Require(places.insert(call.place).second, "each call has a unique place", call.place);
    Require(!call.call.path().empty(), "each call has a path", call.place);
    for (const auto& header : call.call.headers()) {
      Require(!header.key().empty(), "headers have names", call.place);
    }
  }
}

}  // namespace
}  // namespace pinion::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::cli::Check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
