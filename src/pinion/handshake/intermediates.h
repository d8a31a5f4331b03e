// Caches the intermediates of verified paths, since a resumed session provides only the leaf. Private to handshake/.
#ifndef PINION_HANDSHAKE_INTERMEDIATES_H_
#define PINION_HANDSHAKE_INTERMEDIATES_H_

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "pinion/x509/certificate.h"

namespace pinion {

// The intermediates are only candidates: each path is verified again. Not thread-safe; the owner serializes access.
class Intermediates {
 public:
  // If there are more, the oldest is removed.
  static constexpr size_t kMax = 1024;

  // Adds the certificates between the leaf and the root of a verified path, which is given leaf first.
  void Remember(const std::vector<x509::Certificate>& path);
  // Those that may be on a path from this leaf, as DER, newest first; at most as many as a verifier accepts.
  std::vector<std::string> For(const std::string& leaf) const;

 private:
  std::deque<x509::Certificate> known_;  // the newest last
};

}  // namespace pinion

#endif  // PINION_HANDSHAKE_INTERMEDIATES_H_
