// A connection's first bytes: once they are judged complete or not TLS, more bytes do not change that.
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
                "more bytes are requested, within the limit", bytes);
  Kind before = Kind::kIncomplete;
  for (size_t size = 0; size <= std::min<size_t>(bytes.size(), 64); ++size) {
    const Kind now = LookAtFirstBytes(bytes.substr(0, size)).kind;
    fuzz::Require(before == Kind::kIncomplete || now == before, "more bytes do not change a judgement", bytes);
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
