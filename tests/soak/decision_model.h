// The expected result of each handshake, by the pins that were in effect at its time.
#ifndef PINION_TESTS_SOAK_DECISION_MODEL_H_
#define PINION_TESTS_SOAK_DECISION_MODEL_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "tests/soak/journal.h"

namespace pinion::soak {

// Either decision is right between the moment a file is changed and the moment the change is known to be in effect
// everywhere. Outside of that:
//  - a listed key must be accepted: its holder is always the peer that it claims to be, with a certificate from a
//    trusted CA
//  - any other key must be refused
// For one thread.
class DecisionModel {
 public:
  // The files with this pin, or without it, were written between `began` and `in_effect`.
  void Listed(const std::string& pin, absl::Time began, absl::Time in_effect);
  void Removed(const std::string& pin, absl::Time began, absl::Time in_effect);

  // The reason why the decision is wrong; empty when it is right.
  std::string Fault(const HandshakeEvent& event) const;

 private:
  struct Span {
    absl::Time may_from, must_from;
    absl::Time must_until = absl::InfiniteFuture(), may_until = absl::InfiniteFuture();
  };

  std::map<std::string, Span> spans_;  // by pin
};

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_DECISION_MODEL_H_
