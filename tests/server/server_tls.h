// A server's TLS on bare OpenSSL, made as gRPC makes it.
#ifndef PINION_TESTS_SERVER_SERVER_TLS_H_
#define PINION_TESTS_SERVER_SERVER_TLS_H_

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "pinion/testing/test_ca.h"

namespace pinion::testing {

// A context for both sides, with this certificate, that requires a certificate of the peer and accepts any.
inline std::shared_ptr<SSL_CTX> ContextWith(const IssuedCertificate& own) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_method()), SSL_CTX_free);
  const std::string pem = own.CertificatePem() + own.PrivateKeyPem();
  const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509, void (*)(X509*)> leaf(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr),
                                                           EVP_PKEY_free);
  EXPECT_EQ(SSL_CTX_use_certificate(context.get(), leaf.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), key.get()), 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int /*accepted*/, X509_STORE_CTX* /*context*/) { return 1; });
  return context;
}

// Creates a server's TLS object as gRPC does.
inline std::shared_ptr<SSL> NewTls(const std::shared_ptr<SSL_CTX>& context, BIO* (*make_bio)(int descriptor),
                                   int descriptor) {
  std::shared_ptr<SSL> tls(SSL_new(context.get()), SSL_free);
  SSL_set_info_callback(tls.get(), [](const SSL* /*tls*/, int /*where*/, int /*value*/) {});
  BIO* const bio = make_bio(descriptor);
  SSL_set_bio(tls.get(), bio, bio);
  SSL_set_accept_state(tls.get());
  return tls;
}

inline BIO* SocketBio(int descriptor) { return BIO_new_socket(descriptor, BIO_NOCLOSE); }
inline BIO* MemoryBio(int /*descriptor*/) { return BIO_new(BIO_s_mem()); }

}  // namespace pinion::testing

#endif  // PINION_TESTS_SERVER_SERVER_TLS_H_
