// Recorded handshakes, as `pinion rehearse` reads them.
#include <string>

#include "pinion/json/printed.h"
#include "pinion/recording/recorded_handshakes.h"
#include "pinion/x509/certificate.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

void Check(const std::string& text) {
  const absl::StatusOr<v1::RecordedHandshake> handshake = ParseRecordedHandshake(text, "a.json");
  fuzz::CountInput(handshake.ok());
  if (!handshake.ok()) {
    Require(absl::IsInvalidArgument(handshake.status()), "the error is about the input");
    Require(handshake.status().message().substr(0, 8) == "a.json: ", "the error names the file");
    return;
  }
  Require(handshake->side() == v1::CALLS || handshake->side() == v1::SERVES, "there is a side");
  Require(x509::DecodePem(handshake->chain()).ok(), "there is a chain");
  const absl::StatusOr<std::string> printed = json::Print(*handshake);
  if (!printed.ok()) return;  // such as a time of the year 10000
  const absl::StatusOr<v1::RecordedHandshake> again = ParseRecordedHandshake(*printed, "a.json");
  Require(again.ok() && again->chain() == handshake->chain(), "what is printed can be parsed");
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
