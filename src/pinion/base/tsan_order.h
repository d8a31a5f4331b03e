// The order of accesses that ThreadSanitizer cannot observe, because gRPC and OpenSSL, which are not instrumented, pass
// an object from one thread to another. Without effect in other builds.
#ifndef PINION_BASE_TSAN_ORDER_H_
#define PINION_BASE_TSAN_ORDER_H_

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace pinion {

// What this thread has done so far precedes what a thread does after a later TsanAcquire of the same object.
inline void TsanRelease([[maybe_unused]] const void* object) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(const_cast<void*>(object));
#endif
}

inline void TsanAcquire([[maybe_unused]] const void* object) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(const_cast<void*>(object));
#endif
}

}  // namespace pinion

#endif  // PINION_BASE_TSAN_ORDER_H_
