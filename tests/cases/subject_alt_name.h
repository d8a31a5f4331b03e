// The subjectAltName of a case's certificate.
#ifndef PINION_TESTS_CASES_SUBJECT_ALT_NAME_H_
#define PINION_TESTS_CASES_SUBJECT_ALT_NAME_H_

#include <string>
#include <vector>

namespace pinion::testing {

// The extension's DER, from names as in CaseCertificate.names; empty for no extension. Aborts the test at a name of an
// unknown kind.
std::string SubjectAltNameOf(const std::vector<std::string>& names);

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_SUBJECT_ALT_NAME_H_
