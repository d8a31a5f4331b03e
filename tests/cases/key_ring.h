// The keys of the cases, which are made once and found by name.
#ifndef PINION_TESTS_CASES_KEY_RING_H_
#define PINION_TESTS_CASES_KEY_RING_H_

#include "absl/strings/string_view.h"
#include "pinion/x509/key.h"

namespace pinion::testing {

// The key of this name and type, as in CaseCertificate.key_type; the same one in every call of a process, whose tests
// run on one thread. Aborts the test when OpenSSL cannot make such a key.
const x509::PrivateKey& KeyOf(absl::string_view name, absl::string_view type);

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_KEY_RING_H_
