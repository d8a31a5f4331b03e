// PEM bundles: every reader reads them entirely or not at all. Private keys are parsed, and never printed.
#include <openssl/err.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/encoding/pem.h"
#include "pinion/x509/key.h"
#include "pinion/x509/path/trust_roots.h"
#include "tests/fuzz/invariant.h"

namespace pinion::x509 {
namespace {

using fuzz::Require;

// The number of lines that begin a certificate. A line is the text between CR and LF, without surrounding white space;
// a line that begins with '#' is a comment.
size_t CountOfBlocks(absl::string_view text) {
  size_t count = 0;
  absl::ConsumePrefix(&text, "\xef\xbb\xbf");
  for (const absl::string_view line : absl::StrSplit(text, absl::ByAnyChar("\r\n"))) {
    if (absl::StripAsciiWhitespace(line) == "-----BEGIN CERTIFICATE-----") ++count;
  }
  return count;
}

void RequireBundle(const std::string& pem, const std::vector<std::string>& bundle) {
  Require(!bundle.empty() && bundle.size() == CountOfBlocks(pem), "each block that begins is a certificate", pem);
  std::string canonical;
  for (const std::string& der : bundle) absl::StrAppend(&canonical, EncodePem(der));
  const absl::StatusOr<std::vector<std::string>> again = DecodePem(canonical);
  Require(again.ok() && *again == bundle, "a bundle is read back unchanged");
}

void RequireBlocks(const absl::StatusOr<std::vector<PemBlock>>& blocks) {
  if (!blocks.ok()) return fuzz::RequirePrintable(blocks.status().message());
  std::string canonical;
  for (const PemBlock& block : *blocks) absl::StrAppend(&canonical, WritePem(block.label, block.der));
  const absl::StatusOr<std::vector<PemBlock>> again = ReadPem(canonical);
  Require(again.ok() && again->size() == blocks->size(), "the number of blocks is read back");
  for (size_t i = 0; i < blocks->size(); ++i) {
    Require((*again)[i].label == (*blocks)[i].label && (*again)[i].der == (*blocks)[i].der,
            "each block is read back unchanged");
  }
}

void Check(const std::string& pem) {
  const absl::StatusOr<std::vector<std::string>> bundle = DecodePem(pem);
  Require(ERR_peek_error() == 0, "OpenSSL's error queue is left empty");
  const absl::StatusOr<std::vector<Certificate>> certificates = ParsePem(pem);
  const absl::StatusOr<TrustRoots> roots = TrustRoots::FromPem(pem);
  const absl::StatusOr<std::vector<FoundKey>> keys = FindKeys(pem);
  const absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(pem);
  const absl::StatusOr<std::vector<std::string>> beside = DecodePem(pem, BesideCertificates::kPrivateKey);
  RequireBlocks(ReadPem(pem));
  Require(!bundle.ok() || (beside.ok() && *beside == *bundle), "where keys are not allowed, none is skipped");
  Require(ERR_peek_error() == 0, "OpenSSL's error queue is left empty");
  for (const absl::Status& status :
       {bundle.status(), certificates.status(), roots.status(), keys.status(), key.status()}) {
    Require(status.ok() || status.code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument");
    fuzz::RequirePrintable(status.message());
  }
  if (bundle.ok()) RequireBundle(pem, *bundle);
  Require(!certificates.ok() || (bundle.ok() && certificates->size() == bundle->size()),
          "all certificates are read, or none");
  Require(!roots.ok() || (certificates.ok() && roots->certificates().size() == certificates->size()),
          "all certificates are anchors, or none");
  for (size_t i = 0; roots.ok() && i < certificates->size(); ++i) {
    Require((*certificates)[i].is_ca() && roots->certificates()[i].der() == (*certificates)[i].der(),
            "an anchor is a CA, and the one in the text");
  }
  for (size_t i = 0; certificates.ok() && i < certificates->size(); ++i) {
    Require(keys.ok() && (*keys)[i].spki_digest == (*certificates)[i].spki_digest(),
            "the pins that are printed are those that are checked");
  }
  if (key.ok()) {
    const absl::StatusOr<PrivateKey> again = PrivateKey::FromPem(key->ToPem());
    Require(again.ok() && again->spki_digest() == key->spki_digest(), "a key is read back unchanged");
  }
  fuzz::CountInput(certificates.ok() || keys.ok() || key.ok());
}

}  // namespace
}  // namespace pinion::x509

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::x509::Check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
