// What remains when the system creates no thread: this program's pthread_create always fails.
#include "pinion/base/thread_without_signals.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <system_error>

extern "C" int pthread_create(pthread_t* /*thread*/, const pthread_attr_t* /*attributes*/, void* (* /*run*/)(void*),
                              void* /*argument*/) noexcept {
  return EAGAIN;
}

namespace pinion {
namespace {

TEST(ThreadWithoutSignalsTest, WhereThereIsNoThreadTheCallerKeepsItsSignals) {
  EXPECT_THROW(StartThreadWithoutSignals([] {}), std::system_error);
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) EXPECT_EQ(sigismember(&blocked, signal), 0) << signal;
}

}  // namespace
}  // namespace pinion
