// DER, and the form of a certificate: both are accepted and refused as by a second reading of the bytes, and a refusal
// names a byte of the input.
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "pinion/x509/certificate_form.h"
#include "pinion/x509/encoding/der.h"
#include "tests/fuzz/invariant.h"
#include "tests/fuzz/naive_der.h"

namespace pinion::x509 {
namespace {

using fuzz::Require;

// "not DER: ..., at byte N", where byte N is in the input, or N is 0.
void RequirePlace(const absl::Status& status, size_t size) {
  Require(status.code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument", status.ToString());
  fuzz::RequirePrintable(status.message());
  constexpr absl::string_view kBefore = ", at byte ";
  const absl::string_view message = status.message();
  size_t at = 0;
  Require(absl::StrContains(message, kBefore) &&
              absl::SimpleAtoi(message.substr(message.rfind(kBefore) + kBefore.size()), &at) &&
              at < std::max<size_t>(size, 1),
          "a refusal names a byte of the input", message);
}

void CheckWalk(const std::string& bytes) {
  const absl::Status status = CheckDer(bytes);
  fuzz::CountInput(status.ok());
  Require(status.ok() == fuzz::IsDerNaively(bytes), "DER is exactly what OpenSSL writes as the same bytes",
          status.ToString());
  if (!status.ok()) return RequirePlace(status, bytes.size());
  Require(!CheckDer(bytes + '\0').ok() && !CheckDer(bytes.substr(0, bytes.size() - 1)).ok(),
          "a byte more or less is refused");
}

// Where OpenSSL parses the bytes as a certificate.
void CheckCertificate(const std::string& bytes) {
  const auto* next = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = next + bytes.size();
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      d2i_X509(nullptr, &next, static_cast<long>(bytes.size())), &X509_free);
  ERR_clear_error();
  if (certificate == nullptr || next != end) return;
  const absl::Status status = CheckForm(bytes, certificate.get());
  Require(ERR_peek_error() == 0, "OpenSSL's error queue is left empty");
  const absl::string_view fault = fuzz::FormFaultOf(bytes);
  if (status.ok()) return Require(fault.empty(), "an accepted certificate is well-formed", fault);
  Require(status.code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument", status.ToString());
  fuzz::RequirePrintable(status.message());
  const bool is_of_syntax = absl::EndsWith(status.message(), ": the value is malformed, or not DER") ||
                            absl::StartsWith(status.message(), "nameConstraints: ");
  Require(!fault.empty() || is_of_syntax, "a refused certificate is malformed", status.message());
}

}  // namespace
}  // namespace pinion::x509

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  pinion::x509::CheckWalk(bytes);
  pinion::x509::CheckCertificate(bytes);
  return 0;
}
