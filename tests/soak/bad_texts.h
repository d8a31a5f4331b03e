// Files that must not be adopted.
#ifndef PINION_TESTS_SOAK_BAD_TEXTS_H_
#define PINION_TESTS_SOAK_BAD_TEXTS_H_

#include <random>
#include <string>
#include <vector>

#include "pinion/testing/test_ca.h"
#include "tests/soak/party_folder.h"

namespace pinion::soak {

// A file's name, what is wrong with it, and its text.
struct BadText {
  std::string name;
  std::string fault;
  std::string text;
};

// Makes bad files, one of each kind in turn, from the good ones. For one thread.
class BadTexts {
 public:
  // `good` holds the files of the party with the identity `own`.
  BadTexts(const PartyFolder& good, const testing::IssuedCertificate& own) : good_(good), own_(own) {}

  BadText Next();

 private:
  // Each kind of fault, once.
  std::vector<BadText> Make();
  std::string Garbled(const std::string& text);
  // Replaces one character of a PEM body by another that PEM allows.
  std::string Flipped(const std::string& pem);
  std::string Truncated(const std::string& text);

  const PartyFolder& good_;
  const testing::IssuedCertificate own_;
  std::minstd_rand random_;  // the same in each run, so that a failure is reproducible
  std::vector<BadText> made_;
};

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_BAD_TEXTS_H_
