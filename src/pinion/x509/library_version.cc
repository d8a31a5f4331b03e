#include "pinion/x509/library_version.h"

#include <openssl/crypto.h>

namespace pinion::x509 {

std::string LibraryVersion() { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace pinion::x509
