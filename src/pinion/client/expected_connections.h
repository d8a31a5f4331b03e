// Connections whose handshake was accepted and that gRPC does not list yet. Private to client/.
#ifndef PINION_CLIENT_EXPECTED_CONNECTIONS_H_
#define PINION_CLIENT_EXPECTED_CONNECTIONS_H_

#include <algorithm>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"

namespace pinion {

// Safe to use from any thread; never waits long. All times are by the steady clock.
class ExpectedConnections {
 public:
  // Within a handshake. When to look for the connection.
  absl::Time Expect(absl::string_view host) {
    const MutexLock lock(mutex_);
    host_ = std::string(host);
    ++count_;
    until_ = SteadyNow() + kPatience;
    pause_ = kFirstPause;
    return SteadyNow() + pause_;
  }

  // So many new ones were found. When to look for the others; InfiniteFuture when there are none.
  absl::Time Found(int found) {
    const MutexLock lock(mutex_);
    count_ = std::max(0, count_ - found);
    if (count_ == 0 || SteadyNow() >= until_) return absl::InfiniteFuture();
    pause_ = std::min(2 * pause_, kLongestPause);
    return SteadyNow() + pause_;
  }

  // The host that was verified last; a channel has one.
  std::string host() const {
    const MutexLock lock(mutex_);
    return host_;
  }

 private:
  // A connection is listed a moment after its handshake, but may take as long as gRPC waits for a server's first word.
  // Nobody waits for it to be found: whatever changes looks at once.
  static constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
  static constexpr absl::Duration kLongestPause = absl::Milliseconds(500);
  static constexpr absl::Duration kPatience = absl::Seconds(25);

  mutable Mutex mutex_;
  std::string host_ ABSL_GUARDED_BY(mutex_);
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time until_ ABSL_GUARDED_BY(mutex_);
  absl::Duration pause_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_CLIENT_EXPECTED_CONNECTIONS_H_
