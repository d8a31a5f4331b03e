// A thread that leaves signals to the application, and gets EPIPE where others would get SIGPIPE.
#ifndef PINION_CONNECTION_THREAD_WITHOUT_SIGNALS_H_
#define PINION_CONNECTION_THREAD_WITHOUT_SIGNALS_H_

#include <pthread.h>

#include <csignal>
#include <functional>
#include <thread>
#include <utility>

namespace pinion {

inline std::thread StartThreadWithoutSignals(std::function<void()> run) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(run));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace pinion

#endif  // PINION_CONNECTION_THREAD_WITHOUT_SIGNALS_H_
