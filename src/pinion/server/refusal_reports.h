// Events for connections that a server refused before it verified a certificate. Private to server/.
#ifndef PINION_SERVER_REFUSAL_REPORTS_H_
#define PINION_SERVER_REFUSAL_REPORTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "pinion/event_sink.h"
#include "pinion/server/admission/refused_connection.h"

namespace pinion {

// The first refusal of a host for a cause is reported immediately. Further ones within the next kInterval are counted
// and reported as one event at its end. Beyond kMaxHosts hosts and causes, all others are counted together, so that
// peers cannot flood the sink. Not thread-safe; the owner serializes access.
class RefusalReports {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(10);
  static constexpr size_t kMaxHosts = 64;
  // The number of different alerts and errors of one host that are counted separately.
  static constexpr int kMaxFailuresOfAHost = 4;

  explicit RefusalReports(std::function<absl::Time()> clock) : clock_(std::move(clock)) {}

  // `now` is a time of the steady clock.
  void Add(RefusedConnection refused, absl::Time now);
  // Removes and returns the events that are due, so that the caller can report them without a lock.
  std::vector<HandshakeEvent> Take(absl::Time now);
  // When the next one is due.
  absl::Time due() const;

 private:
  struct Counted {
    absl::Time until;  // the end of its interval
    int64_t count = 0;
    RefusedConnection last;
    absl::Time last_at;  // by clock_
  };

  // Refusals with equal keys are counted together: the host (for IPv6, its /64 network), the cause, and the alert and
  // error of TLS. Both texts are empty beyond kMaxHosts; the second is empty beyond kMaxFailuresOfAHost.
  struct Kind {
    std::string host;
    RefusedConnection::Why why = RefusedConnection::Why::kFailed;
    std::string failure;
    bool operator<(const Kind& other) const {
      return std::tie(host, why, failure) < std::tie(other.host, other.why, other.failure);
    }
  };

  Kind KindOf(const RefusedConnection& refused) const;
  static HandshakeEvent EventOf(const RefusedConnection& refused, int64_t count, absl::Time at);

  const std::function<absl::Time()> clock_;
  std::map<Kind, Counted> counted_;
  std::vector<HandshakeEvent> ready_;
};

}  // namespace pinion

#endif  // PINION_SERVER_REFUSAL_REPORTS_H_
