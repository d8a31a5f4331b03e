// The findings of OpenSSL's strict check that Pinion accepts, for an independent check of a path.
#ifndef PINION_TESTS_X509_TOLERATED_FAULTS_H_
#define PINION_TESTS_X509_TOLERATED_FAULTS_H_

typedef struct x509_store_ctx_st X509_STORE_CTX;

namespace pinion::x509 {

// A callback for X509_STORE_CTX_set_verify_cb. It passes over the faults that docs/certificate-requirements.md accepts,
// and over no other. May be called from any thread.
int PassOverTheTolerated(int ok, X509_STORE_CTX* at);

}  // namespace pinion::x509

#endif  // PINION_TESTS_X509_TOLERATED_FAULTS_H_
