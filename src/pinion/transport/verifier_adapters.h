// Adapts a PeerCheck to gRPC's certificate verifier and call credentials.
#ifndef PINION_TRANSPORT_VERIFIER_ADAPTERS_H_
#define PINION_TRANSPORT_VERIFIER_ADAPTERS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_verifier.h>

#include <memory>

#include "pinion/transport/peer_check.h"

namespace pinion {

// Runs synchronously, once for each connection, since gRPC 1.51 never cancels an asynchronous verifier.
std::shared_ptr<grpc::experimental::CertificateVerifier> MakeHandshakeVerifier(std::shared_ptr<PeerCheck> check);

// Runs before each call of a client, on the live connection's certificate; adds no metadata.
std::shared_ptr<grpc::CallCredentials> MakeCallRecheck(std::shared_ptr<PeerCheck> check);

}  // namespace pinion

#endif  // PINION_TRANSPORT_VERIFIER_ADAPTERS_H_
