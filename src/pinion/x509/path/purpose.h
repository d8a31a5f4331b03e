// The side of TLS that a leaf is used for.
#ifndef PINION_X509_PATH_PURPOSE_H_
#define PINION_X509_PATH_PURPOSE_H_

namespace pinion::x509 {

// The extended key usage that a leaf needs (RFC 5280 §4.2.1.12).
enum class Purpose { kServerAuth, kClientAuth };

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_PURPOSE_H_
