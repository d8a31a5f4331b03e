// New connections throughout the soak: new channels, and impostors.
#ifndef PINION_TESTS_SOAK_NEWCOMERS_H_
#define PINION_TESTS_SOAK_NEWCOMERS_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/test_server.h"
#include "pinion/workload_options.h"
#include "tests/soak/journal.h"

namespace pinion::soak {

// From construction to Stop, three threads each repeat one of these:
//  - open a channel from the clients' files, which must succeed with one call
//  - call as an impostor, with a client's names from the right CA and another key, which must fail
//  - call an impostor, a server of the same kind, which must fail
class Newcomers {
 public:
  // `journal` receives the handshakes of channels from the clients' files.
  Newcomers(std::string config, std::string address, std::shared_ptr<Journal> journal);
  // As Stop.
  ~Newcomers();
  Newcomers(const Newcomers&) = delete;
  Newcomers& operator=(const Newcomers&) = delete;

  // The impostors that are used from now on.
  void SetImpostors(const WorkloadOptions& client, const WorkloadOptions& server);
  // Returns within seconds; the results are complete then.
  void Stop();

  int64_t welcomed() const { return welcomed_; }
  int64_t impostor_tries() const { return impostor_tries_; }
  // New channels whose call failed.
  std::vector<std::string> failed() const;
  // Calls by or to an impostor that succeeded.
  std::vector<std::string> fooled() const;

 private:
  void Come();
  void CallAsImpostor();
  void CallImpostor();
  // A channel of a process that starts now. A process may start while only some of its files are replaced, and then
  // reports an error; the start is tried again.
  std::shared_ptr<grpc::ChannelInterface> Start(const std::string& address);
  void Note(const std::string& wrong, std::vector<std::string>* wrongs);

  const std::string config_;
  const std::string address_;
  const std::shared_ptr<Journal> journal_;
  std::atomic<bool> stopped_{false};
  std::atomic<int64_t> welcomed_{0};
  std::atomic<int64_t> impostor_tries_{0};
  mutable std::mutex mutex_;
  WorkloadOptions impostor_client_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<testing::EchoServer> impostor_server_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> failed_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> fooled_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_NEWCOMERS_H_
