// A short form of many names: "h{1..3}.test" is h1.test, h2.test, h3.test.
#ifndef PINION_TESTS_CASES_SPREAD_H_
#define PINION_TESTS_CASES_SPREAD_H_

#include <string>
#include <vector>

namespace pinion::testing {

// The text itself, or, for "A{FIRST..LAST}B", one text for each number. Aborts the test when FIRST or LAST is not a
// number.
std::vector<std::string> Spread(const std::string& text);

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_SPREAD_H_
