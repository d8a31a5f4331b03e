// The OpenSSL library of this process.
#ifndef PINION_X509_LIBRARY_H_
#define PINION_X509_LIBRARY_H_

#include <string>

namespace pinion::x509 {

// The version of the loaded library, for example: "OpenSSL 3.0.17 1 Jul 2025".
std::string LibraryVersion();

// Leaves OpenSSL's memory to the end of the process: exit() no longer frees it while gRPC's threads still use it.
// Effective only before any other use of OpenSSL. Thread-safe; may be called repeatedly.
void SkipCleanupAtExit();

}  // namespace pinion::x509

#endif  // PINION_X509_LIBRARY_H_
