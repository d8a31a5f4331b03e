// Limits how many exchanges the holders of one name begin. Private to server/.
#ifndef PINION_SERVER_EXCHANGE_ADMISSION_H_
#define PINION_SERVER_EXCHANGE_ADMISSION_H_

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/connection/names_key.h"

namespace pinion {

// A policy does not limit the method of the exchange, and gRPC has no limit on calls that wait for a handler. An honest
// client begins one exchange for each connection. Thread-safe.
class ExchangeAdmission {
 public:
  static constexpr double kBurst = 1'000;
  static constexpr double kPerSecond = 10;

  // Whether another exchange may begin under the names of a certificate.
  bool Admit(const x509::SubjectAltNames& names) {
    const absl::Time now = SteadyNow();
    const MutexLock lock(mutex_);
    if (by_names_.size() >= kMostNames) by_names_.clear();
    Left& left = by_names_.try_emplace(NamesKey(names), Left{kBurst, now}).first->second;
    left.exchanges = std::min(kBurst, left.exchanges + absl::ToDoubleSeconds(now - left.as_of) * kPerSecond);
    left.as_of = now;
    if (left.exchanges < 1) return false;
    --left.exchanges;
    return true;
  }

 private:
  static constexpr size_t kMostNames = 8192;

  struct Left {
    double exchanges;
    absl::Time as_of;
  };

  Mutex mutex_;
  absl::flat_hash_map<std::string, Left> by_names_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_SERVER_EXCHANGE_ADMISSION_H_
