// Findings that are not ours, because the system's libraries are not instrumented. The sanitizers call the functions
// with a name like theirs.

#include <openssl/crypto.h>

extern "C" const char* __lsan_default_suppressions() {
  return "leak:libcares.so\n";  // a few bytes for each process that resolves a name
}

#ifdef __SANITIZE_ADDRESS__
// gRPC does not join its threads when the process ends. One that ends after OpenSSL has cleaned up leaves its error
// queue behind (904 bytes from CRYPTO_zalloc), so OpenSSL keeps everything until the leaks have been counted.
__attribute__((constructor)) static void KeepOpenSsl() { OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }
#endif

// ThreadSanitizer does not see gRPC count its references to what we hand it, so that its letting go of the last one
// seems to race with the calls before.
extern "C" const char* __tsan_default_suppressions() {
  return "race:~HandshakeVerifier\n"
         "race:~CallRecheck\n"
         "race:grpc::Server::SyncRequest::~SyncRequest\n"  // begun on one of gRPC's threads and ended on another
         "thread:grpc_core::Thread::Thread\n";             // gRPC's own threads are not joined when the process ends
}
