// The gate as gRPC wants it: gRPC's experimental types appear here alone. Private to credentials/.
#ifndef PINION_CREDENTIALS_GRPC_ADAPTERS_H_
#define PINION_CREDENTIALS_GRPC_ADAPTERS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_verifier.h>

#include <memory>

#include "pinion/credentials/peer_gate.h"

namespace pinion {

// Runs once for each connection, synchronously: gRPC 1.51 never cancels an asynchronous one.
std::shared_ptr<grpc::experimental::CertificateVerifier> MakeHandshakeVerifier(std::shared_ptr<PeerGate> gate);

// Runs before each call of a client, on the live connection's certificate; adds no metadata.
std::shared_ptr<grpc::CallCredentials> MakeCallRecheck(std::shared_ptr<PeerGate> gate);

}  // namespace pinion

#endif  // PINION_CREDENTIALS_GRPC_ADAPTERS_H_
