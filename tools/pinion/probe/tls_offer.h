// What a client offers in its first message. Private to probe/.
#ifndef PINION_TOOLS_PINION_PROBE_TLS_OFFER_H_
#define PINION_TOOLS_PINION_PROBE_TLS_OFFER_H_

#include <openssl/ssl.h>

#include <string>

namespace pinion {

enum class Offer {
  // As gRPC 1.51's client on this OpenSSL: TLS 1.2 and 1.3, P-256 alone, and the cipher suites that
  // GRPC_SSL_CIPHER_SUITES names, or gRPC's own.
  kLiveClient,
  // All that this OpenSSL has, what a live client offers first.
  kEverything,
};

// The cipher suites of a live client in OpenSSL's notation.
std::string LiveCipherSuites();

// False, with OpenSSL's error queued, where none of the suites is known.
bool SetOffer(Offer offer, SSL_CTX* context);

}  // namespace pinion

#endif  // PINION_TOOLS_PINION_PROBE_TLS_OFFER_H_
