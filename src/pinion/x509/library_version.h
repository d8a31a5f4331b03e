// The version of the loaded OpenSSL library.
#ifndef PINION_X509_LIBRARY_VERSION_H_
#define PINION_X509_LIBRARY_VERSION_H_

#include <string>

namespace pinion::x509 {

// For example: "OpenSSL 3.0.17 1 Jul 2025".
std::string LibraryVersion();

}  // namespace pinion::x509

#endif  // PINION_X509_LIBRARY_VERSION_H_
