// Bytes that a test writes as hexadecimal digits.
#ifndef PINION_TESTS_X509_FROM_HEX_H_
#define PINION_TESTS_X509_FROM_HEX_H_

#include <openssl/crypto.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

namespace pinion::testing {

// Aborts the test on anything but an even number of hexadecimal digits. abseil's function for this differs between
// Debian's releases.
inline std::string FromHex(absl::string_view digits) {
  std::string bytes(digits.size() / 2, '\0');
  size_t size = 0;
  if (!digits.empty() &&
      (digits.size() % 2 != 0 || OPENSSL_hexstr2buf_ex(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                                       &size, std::string(digits).c_str(), '\0') != 1)) {
    std::fprintf(stderr, "not hexadecimal\n");
    std::abort();
  }
  return bytes;
}

}  // namespace pinion::testing

#endif  // PINION_TESTS_X509_FROM_HEX_H_
