// Trust files, signatures files and revocations. An input is the text of one of them.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/fleet/fleet_trust.h"
#include "pinion/fleet/revocations.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

constexpr char kTrust[] =
    R"({"fleet": "prod", "epoch": 1, "version": 1, "root": {"threshold": 1, "keys": [)"
    R"("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]}, "publisher": {"threshold": 1, "keys": [)"
    R"("MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="]}})";

void RequireError(const absl::Status& status, absl::string_view file) {
  if (absl::StrContains(status.message(), "64 kB")) return;
  fuzz::RequirePlacedError(status, file);
}

bool CheckTrust(absl::string_view text, const FileSignatures& signatures) {
  static const auto in_effect = *FleetTrust::FromJson(kTrust, "in-effect.json");
  const auto trust = FleetTrust::FromJson(text, "trust.json", signatures);
  if (!trust.ok()) {
    RequireError(trust.status(), "trust.json");
    return false;
  }
  Require((*trust)->text() == text, "the text is kept");
  Require(absl::EndsWith((*trust)->SignedBytes(), text), "every byte is signed");
  Require((*trust)->SignedBytes() != (*trust)->SignedBytesOf(text), "what is signed depends on the purpose");
  Require(!(*trust)->CheckOwnSignatures().ok(), "no signature is valid without the private keys", text);
  Require(text == kTrust || !(*trust)->CheckFollows(*in_effect).ok(), "only the root makes a successor", text);
  Require((*trust)->CheckFollows(**trust).ok(), "it may stay");
  return true;
}

bool CheckSignatures(absl::string_view text, FileSignatures* signatures) {
  absl::StatusOr<FileSignatures> read = FileSignatures::FromJson(text, "pins.json.sig");
  if (!read.ok()) {
    RequireError(read.status(), "pins.json.sig");
    return false;
  }
  *signatures = *std::move(read);
  const std::string json = signatures->ToJson();
  const auto again = FileSignatures::FromJson(json, "again");
  // Long keys and signatures may make the written text longer than the limit.
  Require(!again.ok() || again->ToJson() == json, "what is written reads the same", json);
  return true;
}

bool CheckRevocations(absl::string_view text) {
  const auto revocations = Revocations::FromJson(text, "revocations.json");
  if (!revocations.ok()) {
    RequireError(revocations.status(), "revocations.json");
    return false;
  }
  Require((*revocations)->version() >= 1 && (*revocations)->keys().size() <= 1000, "it obeys its rules", text);
  return true;
}

bool Check(absl::string_view text) {
  FileSignatures signatures;
  const bool is_signatures = CheckSignatures(text, &signatures);
  const auto trust = *FleetTrust::FromJson(kTrust, "in-effect.json", signatures);
  Require(!trust->CheckOwnSignatures().ok(), "no signature is valid without the private keys", text);
  Require(!trust->CheckPinSet(text, signatures).ok(), "no signature is valid without the private keys", text);
  return CheckTrust(text, {}) || CheckRevocations(text) || is_signatures;
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::fuzz::CountInput(pinion::Check(absl::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}
