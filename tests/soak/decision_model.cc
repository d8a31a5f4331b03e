#include "tests/soak/decision_model.h"

#include "absl/strings/str_cat.h"

namespace pinion::soak {
namespace {

// The time at which a change is in effect is known only for the long-lived channels. A channel that was just opened
// from the old files is not covered, and the machine may be busy.
constexpr absl::Duration kSlack = absl::Milliseconds(500);

std::string Describe(absl::string_view fault, const HandshakeEvent& event) {
  return absl::StrCat(absl::FormatTime("%H:%M:%E3S ", event.time, absl::UTCTimeZone()), fault, " by the ",
                      event.side == Side::kClient ? "client: " : "server: ", event.presented_pin, " ", event.text);
}

}  // namespace

void DecisionModel::Listed(const std::string& pin, absl::Time began, absl::Time in_effect) {
  Span& span = spans_[pin];
  span.may_from = began;
  span.must_from = in_effect + kSlack;
}

void DecisionModel::Removed(const std::string& pin, absl::Time began, absl::Time in_effect) {
  Span& span = spans_[pin];
  span.must_until = began - kSlack;
  span.may_until = in_effect + kSlack;
}

std::string DecisionModel::Fault(const HandshakeEvent& event) const {
  const auto found = spans_.find(event.presented_pin);
  if (event.reason == v1::ACCEPTED) {
    if (found == spans_.end()) return Describe("accepted a key that was never listed", event);
    const Span& span = found->second;
    const bool may = event.time >= span.may_from && event.time <= span.may_until;
    return may ? "" : Describe("accepted a key that was not listed then", event);
  }
  if (found == spans_.end()) return "";
  const Span& span = found->second;
  const bool must = event.time >= span.must_from && event.time <= span.must_until;
  return must ? Describe("refused a key that was listed", event) : "";
}

}  // namespace pinion::soak
