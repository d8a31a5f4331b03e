// `pinion serve` as a process.
#ifndef PINION_TESTS_FAULTS_SERVING_PROCESS_H_
#define PINION_TESTS_FAULTS_SERVING_PROCESS_H_

#include <sys/types.h>

#include <string>

namespace pinion::faults {

// From construction to destruction, which kills it. For one thread. Aborts when it does not come up.
class ServingProcess {
 public:
  // Port 0 takes a free one. Its standard error goes nowhere, or into a pipe that is read by DrainLog alone.
  ServingProcess(const std::string& config, int port, bool keeps_log);
  ~ServingProcess();
  ServingProcess(const ServingProcess&) = delete;
  ServingProcess& operator=(const ServingProcess&) = delete;

  pid_t pid() const { return pid_; }
  int port() const { return port_; }
  // Whether the pipe takes no more.
  bool LogIsFull() const;
  void DrainLog() const;

 private:
  pid_t pid_ = -1;
  int port_ = 0;
  int log_ = -1;
};

}  // namespace pinion::faults

#endif  // PINION_TESTS_FAULTS_SERVING_PROCESS_H_
