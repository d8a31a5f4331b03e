// Connections that a server refused before a certificate was judged, as events. Private to server/.
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

// The first refusal of a host for a cause is reported at once. More of them in the following kInterval are counted,
// and are one event when it is over. Beyond kMaxHosts hosts and causes, others are counted together, so that peers
// cannot flood the sink. For one thread at a time.
class RefusalReports {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(10);
  static constexpr size_t kMaxHosts = 64;
  // How many different alerts and errors of one host are counted separately.
  static constexpr int kMaxFailuresOfAHost = 4;

  explicit RefusalReports(std::function<absl::Time()> clock) : clock_(std::move(clock)) {}

  // `now` is of the steady clock.
  void Add(RefusedConnection refused, absl::Time now);
  // Moves the events that are due out of here, to be reported without a lock.
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

  // What makes refusals of a kind: the host (of IPv6, its network of 64 bits), why, and the alert and error of TLS.
  // Both texts are empty beyond kMaxHosts, the last is beyond kMaxFailuresOfAHost.
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
