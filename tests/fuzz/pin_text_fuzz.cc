// "sha256/…=": one text for each digest, and one digest for each text. An input is a digest, and a change to its text.
#include <algorithm>
#include <string>

#include "pinion/x509/encoding/digest.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/invariant.h"

namespace pinion::x509 {
namespace {

bool RequireOneSpelling(const std::string& text) {
  const absl::StatusOr<Sha256Digest> digest = FromPinText(text);
  fuzz::RequirePrintable(digest.status().message());
  fuzz::Require(!digest.ok() || ToPinText(*digest) == text, "a digest has one spelling", text);
  return digest.ok();
}

void Check(const uint8_t* data, size_t size) {
  RequireOneSpelling(std::string(reinterpret_cast<const char*>(data), size));
  fuzz::Choices choices(data, size);
  Sha256Digest digest;
  std::generate(digest.begin(), digest.end(), [&choices] { return choices.Byte(); });
  std::string text = ToPinText(digest);
  const absl::StatusOr<Sha256Digest> again = FromPinText(text);
  fuzz::Require(again.ok() && *again == digest, "a digest is read back unchanged", text);
  const size_t at = choices.Below(text.size());
  const size_t removed = choices.Below(3);
  text.replace(at, removed, choices.Text(removed));
  fuzz::CountInput(RequireOneSpelling(text));
}

}  // namespace
}  // namespace pinion::x509

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::x509::Check(data, size);
  return 0;
}
