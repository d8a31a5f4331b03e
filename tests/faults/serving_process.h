// `pinion serve` as a process.
#ifndef PINION_TESTS_FAULTS_SERVING_PROCESS_H_
#define PINION_TESTS_FAULTS_SERVING_PROCESS_H_

#include <sys/types.h>

#include <string>

namespace pinion::faults {

// Runs from construction to destruction, which kills it. For one thread. Aborts when it does not start.
class ServingProcess {
 public:
  // Port 0 selects a free one. Its standard error is discarded, or goes into a pipe that only DrainLog reads.
  ServingProcess(const std::string& config, int port, bool keeps_log);
  ~ServingProcess();
  ServingProcess(const ServingProcess&) = delete;
  ServingProcess& operator=(const ServingProcess&) = delete;

  pid_t pid() const { return pid_; }
  int port() const { return port_; }
  // Whether the pipe is full.
  bool LogIsFull() const;
  void DrainLog() const;

 private:
  pid_t pid_ = -1;
  int port_ = 0;
  int log_ = -1;
};

}  // namespace pinion::faults

#endif  // PINION_TESTS_FAULTS_SERVING_PROCESS_H_
