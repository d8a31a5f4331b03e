// Classifies refusals of a path by their remedy: the cause, and the position of the certificate that must change.
#ifndef PINION_X509_PATH_PATH_FAULT_H_
#define PINION_X509_PATH_PATH_FAULT_H_

#include <optional>

namespace pinion::x509 {

enum class PathCause {
  kUnknown,
  kExpired,
  kNotYetValid,
  kSelfSigned,      // the leaf is its own issuer
  kNoIssuer,        // neither the sent chain nor the roots contain the issuer
  kOtherRoot,       // the chain ends in a root that is not trusted
  kBadSignature,    // altered, or signed with another key of an issuer of that name
  kNotACa,          // an issuer that may not issue certificates
  kTooLong,         // more CAs than Pinion or a CA's pathLen allows
  kWrongUsage,      // extended key usage or key usage
  kNameConstraint,  // a CA may not issue for that name
  kPolicy,          // no certificate policy that the path requires
  kMalformed,       // contents that RFC 5280 forbids or that OpenSSL does not support
  kKey,             // of a kind or size that Pinion does not accept
  kSignature,       // of a kind that Pinion does not accept
  kOurSide,         // OpenSSL itself failed
};

// The position of the certificate on the path.
enum class PathPlace {
  kLeaf,
  kIntermediate,  // sent by the peer
  kRoot,          // one of ours
};

// The cause of one of OpenSSL's X509_V_ERR_ codes; empty for codes that cannot occur in Pinion's use of OpenSSL.
std::optional<PathCause> CauseOf(int verify_error);

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_PATH_FAULT_H_
