// The cases in tests/testdata.
#ifndef PINION_TESTS_CASES_CASE_FOLDER_H_
#define PINION_TESTS_CASES_CASE_FOLDER_H_

#include <ostream>
#include <string>
#include <vector>

#include "pinion/v1/handshake_case.pb.h"

namespace pinion::testing {

// A case, whole, in one of its roles.
struct Case {
  std::string name;  // its folder's
  v1::CaseRole role;
  v1::HandshakeCase what;
};

// "name_nul, SERVER", for messages.
void PrintTo(const Case& one, std::ostream* out);
// "name_nul_server": of the test that tries it.
std::string TestNameOf(const Case& one);

// Every folder's case, once for each of its roles, in the order of their names. Aborts the test at a case that cannot
// be read. Bazel's working directory is where the folders are found.
std::vector<Case> AllCases();

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_CASE_FOLDER_H_
