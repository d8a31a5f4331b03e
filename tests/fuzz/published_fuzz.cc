// Values of etcd. The first byte of an input is the length of the value; what follows the value is in its parts.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "pinion/etcd/published.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

bool Check(absl::string_view input) {
  if (input.empty()) return false;
  const size_t size = std::min<size_t>(static_cast<uint8_t>(input.front()), input.size() - 1);
  const std::string value(input.substr(1, size));
  const absl::string_view rest = input.substr(1 + size);
  int reads = 0;
  const auto published = etcd::Parse("/pins", value, [&](const std::string& part) -> absl::StatusOr<std::string> {
    Require(absl::string_view(part).substr(0, 12) == "/pins/parts/", "a part is below the key", part);
    return reads++ == 0 ? std::string(rest) : std::string();
  });
  Require(reads <= 64, "there is a bound on the number of parts");
  if (!published.ok()) {
    fuzz::RequirePrintable(published.status().message());
    return false;
  }
  Require(!published->pin_set().empty(), "it has a pin set");
  const std::vector<std::string> texts = etcd::TextsOf(*published);
  Require(texts.size() == 4 || texts.size() == 6, "both parts of revocations or none");
  Require(etcd::TextsOf(etcd::FromTexts(texts)) == texts, "the copy has the same texts");
  const etcd::InParts split = etcd::Split("/pins", published->SerializeAsString());
  size_t next = 0;
  const auto joined = etcd::Parse("/pins", split.value, [&](const std::string& part) -> absl::StatusOr<std::string> {
    Require(next < split.parts.size() && split.parts[next].first == part, "the parts are read in order", part);
    return split.parts[next++].second;
  });
  Require(joined.ok() && etcd::TextsOf(*joined) == texts, "in parts, it has the same texts");
  return true;
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::fuzz::CountInput(pinion::Check(absl::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}
