// Findings that are not ours, because the system's libraries are not instrumented. The sanitizers call these functions
// by name.

extern "C" const char* __lsan_default_suppressions() {
  return "leak:libcares.so\n";  // a few bytes for each process that resolves a name
}

// ThreadSanitizer does not see gRPC count its references to what we hand it, so that its letting go of the last one
// seems to race with the calls before.
extern "C" const char* __tsan_default_suppressions() {
  return "race:~HandshakeVerifier\n"
         "race:~CallRecheck\n"
         "thread:grpc_core::Thread::Thread\n";  // gRPC's own threads are not joined when the process ends
}
