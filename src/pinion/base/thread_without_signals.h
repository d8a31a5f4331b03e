// Starts a thread with all signals blocked, so that it receives EPIPE instead of SIGPIPE.
#ifndef PINION_BASE_THREAD_WITHOUT_SIGNALS_H_
#define PINION_BASE_THREAD_WITHOUT_SIGNALS_H_

#include <pthread.h>

#include <csignal>
#include <functional>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"

namespace pinion {

inline std::thread StartThreadWithoutSignals(std::function<void()> run) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  // Also runs if the system cannot create a thread and std::thread throws.
  const absl::Cleanup restore = [&before] { pthread_sigmask(SIG_SETMASK, &before, nullptr); };
  return std::thread(std::move(run));
}

}  // namespace pinion

#endif  // PINION_BASE_THREAD_WITHOUT_SIGNALS_H_
