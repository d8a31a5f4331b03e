// Calls without a pause on channels that live as long as the part of the soak.
#ifndef PINION_TESTS_SOAK_LOAD_H_
#define PINION_TESTS_SOAK_LOAD_H_

#include <grpcpp/impl/channel_interface.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace pinion::soak {

// A call that did not end as its caller wanted.
struct Ended {
  absl::Time begun;
  absl::Time ended;
  int code = 0;
  std::string text;
};

// On each channel, three threads call the echo service, from construction to Stop:
//  - unary calls, one after the other, none of which may fail
//  - short streams, of a third of a second, one after the other, none of which may fail either: they end before any
//    drain window does
//  - a long stream, opened again when it ends. A drain may end it, so its ends are recorded and evaluated later
class Load {
 public:
  explicit Load(const std::vector<std::shared_ptr<grpc::ChannelInterface>>& channels);
  // As Stop.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Returns within seconds; the results are complete then.
  void Stop();

  int64_t unary_calls() const { return unary_calls_; }
  int64_t short_streams() const { return short_streams_; }
  // Unary calls and short streams.
  std::vector<Ended> failed() const;
  std::vector<Ended> long_streams_ended() const;

 private:
  using Channel = std::shared_ptr<grpc::ChannelInterface>;

  void CallUnary(const Channel& channel);
  void StreamShortly(const Channel& channel);
  void StreamLong(const Channel& channel);

  std::atomic<bool> stopped_{false};
  std::atomic<int64_t> unary_calls_{0};
  std::atomic<int64_t> short_streams_{0};
  mutable std::mutex mutex_;
  std::vector<Ended> failed_ ABSL_GUARDED_BY(mutex_);
  std::vector<Ended> long_ended_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

// "unary call after 12 ms: UNAVAILABLE …", for people.
std::string ToString(const Ended& ended);

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_LOAD_H_
