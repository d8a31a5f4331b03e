// A connection's first bytes: what is complete stays so with more bytes, and what is not TLS does, too.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "pinion/server/admission/client_hello.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using Kind = FirstBytes::Kind;

void Check(absl::string_view bytes) {
  const FirstBytes whole = LookAtFirstBytes(bytes);
  fuzz::Require(whole.kind != Kind::kIncomplete || (whole.needed > bytes.size() && whole.needed <= kMostHelloBytes),
                "more bytes are asked for, and not too many", bytes);
  Kind before = Kind::kIncomplete;
  for (size_t size = 0; size <= std::min<size_t>(bytes.size(), 64); ++size) {
    const Kind now = LookAtFirstBytes(bytes.substr(0, size)).kind;
    fuzz::Require(before == Kind::kIncomplete || now == before, "a judgement stands", bytes);
    before = now;
  }
  OffersHttp2(bytes);
  fuzz::RequirePrintable(DescribeNotTls(bytes));
  fuzz::CountInput(whole.kind == Kind::kClientHello);
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
