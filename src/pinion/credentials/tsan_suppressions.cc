// What ThreadSanitizer must be told, since it does not see into the system's gRPC.
#if defined(__SANITIZE_THREAD__)
#define PINION_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PINION_UNDER_TSAN 1
#endif
#endif

#ifdef PINION_UNDER_TSAN
// Whichever thread drops gRPC's last reference destroys Pinion's verifier and call credentials. gRPC's reference counts
// order that after all their uses, invisibly to the sanitizer. Weak, so that a program may have a list of its own.
extern "C" __attribute__((weak)) const char* __tsan_default_suppressions() {
  return "race:~CallRecheck\nrace:~HandshakeVerifier\n";
}
#endif
