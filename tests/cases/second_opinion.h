// OpenSSL's verdict on a peer that Pinion accepted, without any of Pinion's code.
#ifndef PINION_TESTS_CASES_SECOND_OPINION_H_
#define PINION_TESTS_CASES_SECOND_OPINION_H_

#include <string>

#include "tests/cases/prepared_case.h"

namespace pinion::testing {

// Empty where X509_verify_cert, with its strict rules, the role's purpose, the case's time and roots, finds a path,
// and, for a server, X509_check_host or X509_check_ip, in their strictest form, accept the host. Otherwise the name of
// the function that refused.
std::string ObjectionOfOpenSsl(const PreparedCase& prepared);

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_SECOND_OPINION_H_
