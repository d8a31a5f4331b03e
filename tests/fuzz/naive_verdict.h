// A second opinion on a handshake: OpenSSL's own path and name checks, and the pin file read from top to bottom.
#ifndef PINION_TESTS_FUZZ_NAIVE_VERDICT_H_
#define PINION_TESTS_FUZZ_NAIVE_VERDICT_H_

#include "tests/fuzz/handshake_recipe.h"

namespace pinion::fuzz {

// The conditions for a peer to be accepted.
struct NaiveVerdict {
  bool leaf_parses = false;
  bool path_holds = false;  // X509_verify_cert: strict, for the purpose, at the time; and the leaf is no CA
  bool name_holds = false;  // of a server: X509_check_host or X509_check_ip, and an identity of the dialled peer;
                            // of a client: the names are of one peer, or, unless unlisted clients are refused, of none
  bool none_revoked = false;    // on the path
  bool leaf_revoked = false;    // on any path
  bool pin_holds = false;       // or none is required
  bool is_report_only = false;  // report-only accepts it without a pin

  bool accepts() const {
    return leaf_parses && path_holds && name_holds && none_revoked && (pin_holds || is_report_only);
  }
};

NaiveVerdict JudgeNaively(const Handshake& handshake);

}  // namespace pinion::fuzz

#endif  // PINION_TESTS_FUZZ_NAIVE_VERDICT_H_
