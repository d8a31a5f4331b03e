// Suppresses findings that are not ours: the system's libraries are not instrumented. The sanitizers call the functions
// that are named after them.

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/x509_vfy.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

extern "C" const char* __lsan_default_suppressions() {
  return "leak:libcares.so\n";  // a few bytes for each process that resolves a name
}

#ifdef __SANITIZE_ADDRESS__
// gRPC does not join its threads when the process ends. One that ends after OpenSSL has cleaned up leaves its error
// queue behind (904 bytes from CRYPTO_zalloc), so OpenSSL keeps everything until the leaks have been counted.
__attribute__((constructor)) static void KeepOpenSsl() { OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }

// OpenSSL 3.0 leaks some 40 bytes for each certificate that it processes the policies of and that has policyConstraints
// and no certificatePolicies. Its frames have no names that a suppression could match, so this function wraps it.
extern "C" int X509_verify_cert(X509_STORE_CTX* context) {
  static auto* const original = reinterpret_cast<int (*)(X509_STORE_CTX*)>(dlsym(RTLD_NEXT, "X509_verify_cert"));
  const __lsan::ScopedDisabler disabler;
  return original(context);
}
#endif

// ThreadSanitizer does not see gRPC count its references to our objects, so the release of the last reference seems to
// race with earlier calls.
extern "C" const char* __tsan_default_suppressions() {
  return "race:~HandshakeVerifier\n"
         "race:~CallRecheck\n"
         "race:pinion::SendGoaways\n"                      // an alarm of gRPC runs its lambda
         "race:grpc::Server::SyncRequest::~SyncRequest\n"  // begun on one of gRPC's threads and ended on another
         "thread:grpc_core::Thread::Thread\n";             // gRPC's own threads are not joined when the process ends
}
