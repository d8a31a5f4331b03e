#include "pinion/handshake/next_step.h"

namespace pinion {

std::string NextStepForPath(v1::Reason reason) {
  switch (reason) {
    case v1::CERTIFICATE_EXPIRED:
      return "the peer must renew its certificate (same key, same pin), or a clock is wrong";
    case v1::CERTIFICATE_NOT_YET_VALID:
      return "check the clocks on both sides and the certificate's notBefore";
    case v1::WRONG_PURPOSE:
      return "issue the peer a leaf certificate for its side: keyUsage digitalSignature, and extendedKeyUsage "
             "serverAuth or "
             "clientAuth";
    case v1::KEY_NOT_ALLOWED:
      return "re-key that certificate";
    case v1::SIGNATURE_NOT_ALLOWED:
      return "re-issue that certificate with SHA-256 or better";
    case v1::MALFORMED_CERTIFICATE:
      return "re-issue that certificate";
    default:
      return "check that the peer sends its intermediates and that its CA is in server_roots_file, or, for a client, "
             "in client_roots_file";
  }
}

}  // namespace pinion
