// Intermediates of paths that were verified, since a resumed session comes with the leaf alone. Private to handshake/.
#ifndef PINION_HANDSHAKE_INTERMEDIATES_H_
#define PINION_HANDSHAKE_INTERMEDIATES_H_

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "pinion/x509/certificate.h"

namespace pinion {

// Candidates only: each path is verified anew. Its owner lets one thread in at a time.
class Intermediates {
 public:
  // The oldest goes when there are more.
  static constexpr size_t kMax = 1024;

  // What lies between the leaf and the root of a verified path, leaf first.
  void Remember(const std::vector<x509::Certificate>& path);
  // Those that may lie on a path from this leaf, as DER: as many as a verifier takes at most, the newest first.
  std::vector<std::string> For(const std::string& leaf) const;

 private:
  std::deque<x509::Certificate> known_;  // the newest last
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_INTERMEDIATES_H_
