// Signals that a serving process waits for.
#ifndef PINION_TOOLS_PINION_BLOCKED_SIGNALS_H_
#define PINION_TOOLS_PINION_BLOCKED_SIGNALS_H_

#include <pthread.h>

#include <csignal>

namespace pinion::cli {

// From here on SIGTERM, SIGINT and SIGHUP wait for sigwait. Must run before gRPC starts its threads, which inherit it.
inline sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_BLOCKED_SIGNALS_H_
