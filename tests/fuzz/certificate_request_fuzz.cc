// Certificate requests: what is accepted is signed by its own key, and FindKeys finds the same key.
#include <openssl/err.h>

#include <string>
#include <vector>

#include "pinion/x509/key.h"
#include "pinion/x509/pki/certificate_request.h"
#include "tests/fuzz/invariant.h"

namespace pinion::x509 {
namespace {

using fuzz::Require;

void Check(const std::string& bytes) {
  const absl::StatusOr<CertificateRequest> request = ReadCertificateRequest(bytes);
  Require(ERR_peek_error() == 0, "OpenSSL's error queue is left empty");
  fuzz::CountInput(request.ok());
  if (!request.ok()) {
    Require(request.status().code() == absl::StatusCode::kInvalidArgument, "a refusal is InvalidArgument");
    fuzz::RequirePrintable(request.status().message());
    return;
  }
  fuzz::RequirePrintable(request->names.ToString());
  const absl::StatusOr<std::vector<FoundKey>> keys = FindKeys(bytes);
  Require(keys.ok() && keys->size() == 1 && keys->front().spki_digest == request->spki_digest,
          "the pin that is printed is the one that is proven");
}

}  // namespace
}  // namespace pinion::x509

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::x509::Check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
