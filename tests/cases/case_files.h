// The cases in tests/testdata.
#ifndef PINION_TESTS_CASES_CASE_FILES_H_
#define PINION_TESTS_CASES_CASE_FILES_H_

#include <ostream>
#include <string>
#include <vector>

#include "pinion/v1/handshake_case.pb.h"

namespace pinion::testing {

// A complete case, in one of its roles.
struct Case {
  std::string name;
  v1::CaseRole role;
  v1::HandshakeCase what;
};

// "name_nul, SERVER", for messages.
void PrintTo(const Case& one, std::ostream* out);
// "name_nul_server": the name of the test that tries it.
std::string TestNameOf(const Case& one);

// Every case, once for each of its roles, in the order of their names. Aborts the test when a file cannot be read, or
// when a case's name lacks the file's name or is not unique. The files are looked up in Bazel's working directory.
std::vector<Case> AllCases();

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_CASE_FILES_H_
