// A case with its certificates made: what a verdict depends on.
#ifndef PINION_TESTS_CASES_PREPARED_CASE_H_
#define PINION_TESTS_CASES_PREPARED_CASE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/x509/key.h"
#include "tests/cases/case_files.h"

namespace pinion::testing {

struct PreparedCase {
  PeerRole role;
  std::string host;
  absl::Time now;
  std::vector<std::string> chain;  // DER, the leaf first
  x509::PrivateKey key;            // the leaf's; anybody's where there is none
  std::string roots_pem;
  v1::PinSet pins;
};

// `later`: how much later than the case says everything takes place. Aborts the test when a certificate cannot be made.
PreparedCase Prepare(const Case& one, absl::Duration later = absl::ZeroDuration());

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_PREPARED_CASE_H_
