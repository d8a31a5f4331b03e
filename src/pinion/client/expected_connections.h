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

// Thread-safe; never blocks for long. All times are of the steady clock.
class ExpectedConnections {
 public:
  // Called within a handshake. Returns when to look for the connection.
  absl::Time Expect(absl::string_view host) {
    const MutexLock lock(mutex_);
    host_ = std::string(host);
    ++count_;
    until_ = SteadyNow() + kPatience;
    pause_ = kFirstPause;
    return SteadyNow() + pause_;
  }

  // Records that `found` new connections were found. Returns when to look for the others; InfiniteFuture if there are
  // none.
  absl::Time Found(int found) {
    const MutexLock lock(mutex_);
    count_ = std::max(0, count_ - found);
    if (count_ == 0 || SteadyNow() >= until_) return absl::InfiniteFuture();
    pause_ = std::min(2 * pause_, kLongestPause);
    return SteadyNow() + pause_;
  }

  bool any() const {
    const MutexLock lock(mutex_);
    return count_ > 0;
  }

  // The host that was verified last; a channel has only one.
  std::string host() const {
    const MutexLock lock(mutex_);
    return host_;
  }

 private:
  // gRPC lists a connection shortly after its handshake, or later if the server's first frame is late. Nothing blocks
  // on finding it: each change of the configuration triggers an immediate look.
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
