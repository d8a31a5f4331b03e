// An in-memory TLS handshake of this process with itself, which shows what a peer would receive.
#ifndef PINION_X509_PATH_OWN_HANDSHAKE_H_
#define PINION_X509_PATH_OWN_HANDSHAKE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/path/path.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion::x509 {

// The chain to present, and the settings of the handshake.
struct OwnTls {
  std::vector<Certificate> chain;  // leaf first
  PrivateKey key;
  // The CAs whose names a server sends in its certificate request, as gRPC 1.51 does. Not used by a client.
  TrustRoots peer_roots;
  // OpenSSL's cipher list, as GRPC_SSL_CIPHER_SUITES gives it to gRPC; empty for OpenSSL's default.
  std::string cipher_suites;
};

// Returns the certificates that a peer receives, as DER, leaf first, when this process presents them for `purpose`.
// Both ends have OpenSSL's limits, as peers with gRPC or OpenSSL do: 100 kB for a chain, 64 kB for the names of CAs.
// Returns FailedPrecondition, with OpenSSL's reason and the remedy, if the handshake fails. Does not verify the
// certificates. Takes about 1 ms. Thread-safe.
absl::StatusOr<std::vector<std::string>> HandshakeWithSelf(const OwnTls& own, Purpose purpose);

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_OWN_HANDSHAKE_H_
