// A case with its certificates, ready for a verdict.
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
  x509::PrivateKey key;            // the leaf's; an arbitrary one where there is no leaf
  std::string roots_pem;
  v1::PinSet pins;
};

// `later` moves everything to a later time than the case's. Aborts the test when a certificate cannot be made.
PreparedCase Prepare(const Case& one, absl::Duration later = absl::ZeroDuration());

}  // namespace pinion::testing

#endif  // PINION_TESTS_CASES_PREPARED_CASE_H_
