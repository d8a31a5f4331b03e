#include "pinion/handshake/next_step.h"

namespace pinion {
namespace {

using x509::PathCause;
using x509::PathPlace;

// A fault in a certificate that its issuer must replace.
std::string Replace(PathPlace place, const std::string& by) {
  switch (place) {
    case PathPlace::kLeaf:
      return "re-issue that certificate" + by;
    case PathPlace::kIntermediate:
      return "the peer's CA must re-issue that CA certificate" + by + ", and the peer must send the new one";
    case PathPlace::kRoot:
      break;
  }
  return "the fault is in a root of ours, not the peer's: replace it in server_roots_file, or for a client in "
         "client_roots_file, by one" +
         (by.empty() ? " without it" : by);
}

std::string ForExpired(PathPlace place) {
  switch (place) {
    case PathPlace::kLeaf:
      return "the peer must renew its certificate (same key, same pin), or a clock is wrong";
    case PathPlace::kIntermediate:
      return "the peer must send the renewed certificate of that issuing CA, or a clock is wrong";
    case PathPlace::kRoot:
      break;
  }
  return "the expired root is ours, not the peer's: add its successor to server_roots_file, or for a client to "
         "client_roots_file, or a clock is wrong";
}

// For causes with the same remedy at every position on the path.
std::string ForAnyPlace(PathCause cause) {
  switch (cause) {
    case PathCause::kNotYetValid:
      return "check the clocks on both sides and the certificate's notBefore";
    case PathCause::kNoIssuer:
      return "check that the peer sends its intermediates and that its CA is in server_roots_file, or, for a client, "
             "in client_roots_file";
    case PathCause::kOtherRoot:
      return "the peer's CA is not trusted here: add it to server_roots_file, or for a client to client_roots_file, if "
             "it is to be trusted, or issue the peer a certificate of a CA that is";
    case PathCause::kBadSignature:
      return "the certificate is altered, or another key of an issuer of the same name signed it: the peer must send "
             "it as its CA issued it, and our roots or the peer's chain must contain that exact CA";
    case PathCause::kTooLong:
      return "issue the peer's certificate with fewer CAs between it and the root than their pathLen and Pinion's "
             "limit of 8 allow";
    case PathCause::kNameConstraint:
      return "a CA on the path may not issue for that name: issue the certificate from another CA, or with other names";
    case PathCause::kPolicy:
      return "re-issue the certificate with a policy that the CAs on its path require";
    case PathCause::kOurSide:
      return "the fault is on this side: look for a lack of memory or an OpenSSL configuration without the algorithm";
    default:
      return "find the fault in that certificate, and have it re-issued";
  }
}

}  // namespace

std::string NextStepForPath(PathCause cause, PathPlace place) {
  switch (cause) {
    case PathCause::kExpired:
      return ForExpired(place);
    case PathCause::kSelfSigned:
      return "issue the peer a certificate of a CA that is in server_roots_file, or for a client in client_roots_file; "
             "a pin does not replace one";
    case PathCause::kNotACa:
      return Replace(place, " as a CA's (basicConstraints CA:TRUE, keyUsage keyCertSign)");
    case PathCause::kWrongUsage:
      if (place != PathPlace::kLeaf) return Replace(place, " that may issue for this side of TLS");
      return "issue the peer a leaf certificate for its side: keyUsage digitalSignature, and extendedKeyUsage "
             "serverAuth or clientAuth";
    case PathCause::kMalformed:
      return Replace(place, "");
    case PathCause::kKey:
      return place == PathPlace::kLeaf ? "re-key that certificate" : Replace(place, " with an accepted key");
    case PathCause::kSignature:
      return Replace(place, " with SHA-256 or better");
    default:
      return ForAnyPlace(cause);
  }
}

}  // namespace pinion
