#include "pinion/x509/encoding/digest.h"

#include <openssl/evp.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/x509/encoding/openssl.h"

namespace pinion::x509 {
namespace {

constexpr absl::string_view kPrefix = "sha256/";
constexpr size_t kBase64Size = 44;

absl::Status NotAPin(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("not a pin: ", why, ": \"", absl::CHexEscape(text.substr(0, 80)),
                   "\"; a pin is \"sha256/\" and the 44 base64 characters of a SHA-256 digest"));
}

}  // namespace

absl::StatusOr<Sha256Digest> Sha256(absl::string_view bytes) {
  Sha256Digest digest = {};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1 &&
      size == digest.size()) {
    return digest;
  }
  return absl::InternalError(absl::StrCat("OpenSSL cannot compute SHA-256: ", TakeError(),
                                          "; check that its configuration (OPENSSL_CONF) activates a provider of it"));
}

std::string ToPinText(const Sha256Digest& digest) {
  return absl::StrCat(
      kPrefix, absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())));
}

std::string ToHex(const Sha256Digest& digest) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

absl::StatusOr<Sha256Digest> FromPinText(absl::string_view text) {
  absl::string_view base64 = text;
  if (!absl::ConsumePrefix(&base64, kPrefix)) return NotAPin(text, "it does not begin with \"sha256/\"");
  if (base64.size() != kBase64Size) {
    return NotAPin(text, absl::StrCat("its base64 has ", base64.size(), " characters"));
  }
  std::string bytes;
  if (!absl::Base64Unescape(base64, &bytes) || bytes.size() != Sha256Digest().size()) {
    return NotAPin(text, "its base64 is malformed");
  }
  Sha256Digest digest;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  // Unescape is lenient (white space, other alphabets, stray bits in the last character); equality is not.
  if (ToPinText(digest) != text) return NotAPin(text, "its base64 is not in canonical form");
  return digest;
}

}  // namespace pinion::x509
