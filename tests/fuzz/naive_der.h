// A second opinion on DER: OpenSSL reads each header and each value, and they are DER if OpenSSL writes the same bytes.
#ifndef PINION_TESTS_FUZZ_NAIVE_DER_H_
#define PINION_TESTS_FUZZ_NAIVE_DER_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace pinion::fuzz {

// Whether `bytes` is exactly one element that x509::CheckDer describes as DER.
bool IsDerNaively(absl::string_view bytes);

// The following functions require DER. Returns the bytes between an element's header and its end.
absl::string_view ContentOf(absl::string_view element);
// The elements of `content`, each with its header.
std::vector<absl::string_view> ElementsOf(absl::string_view content);

// The defect of a certificate that OpenSSL parses, read from its bytes; empty where none is found. Does not check the
// syntax of extensions.
absl::string_view FormFaultOf(absl::string_view certificate);

}  // namespace pinion::fuzz

#endif  // PINION_TESTS_FUZZ_NAIVE_DER_H_
