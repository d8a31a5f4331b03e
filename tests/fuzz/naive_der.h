// A second opinion on DER: OpenSSL reads each header and each value, which are DER if OpenSSL writes the same bytes.
#ifndef PINION_TESTS_FUZZ_NAIVE_DER_H_
#define PINION_TESTS_FUZZ_NAIVE_DER_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace pinion::fuzz {

// Whether `bytes` is exactly one element that x509::CheckDer describes as DER.
bool IsDerNaively(absl::string_view bytes);

// The following may be called for DER alone. What stands between an element's header and its end.
absl::string_view ContentOf(absl::string_view element);
// The elements that `content` consists of, each with its header.
std::vector<absl::string_view> ElementsOf(absl::string_view content);

// What makes a certificate that OpenSSL parses malformed, read from its bytes; empty where nothing is found. Does not
// look at the syntax of extensions.
absl::string_view FormFaultOf(absl::string_view certificate);

}  // namespace pinion::fuzz

#endif  // PINION_TESTS_FUZZ_NAIVE_DER_H_
