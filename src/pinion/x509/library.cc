#include "pinion/x509/library.h"

#include <openssl/crypto.h>

namespace pinion::x509 {

std::string LibraryVersion() { return OpenSSL_version(OPENSSL_VERSION); }

// Fails only if OpenSSL cannot be initialized at all, which the next function of it reports.
void SkipCleanupAtExit() { static_cast<void>(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr)); }

}  // namespace pinion::x509
