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
  // Everything that this OpenSSL supports, with the offer of a live client first.
  kEverything,
};

// The cipher suites of a live client in OpenSSL's notation.
std::string LiveCipherSuites();

// Why a live client cannot connect to a server that answers the offer of everything by these; `group` may be empty.
std::string DifferenceText(const std::string& protocol, const std::string& cipher, const std::string& group);

// Returns false, with OpenSSL's error queued, if none of the suites is known.
bool SetOffer(Offer offer, SSL_CTX* context);

}  // namespace pinion

#endif  // PINION_TOOLS_PINION_PROBE_TLS_OFFER_H_
