// gRPC TLS credentials that present an identity and verify each peer with a PeerCheck.
#ifndef PINION_TRANSPORT_TLS_CREDENTIALS_H_
#define PINION_TRANSPORT_TLS_CREDENTIALS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>

#include "pinion/transport/peer_check.h"

namespace pinion {

// `provider` supplies this process's identity and the roots for peers. `check` verifies the peer of each handshake.
std::shared_ptr<grpc::ChannelCredentials> MakeTlsChannelCredentials(
    const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider,
    std::shared_ptr<PeerCheck> check);

// The same for servers. Clients must present a certificate.
std::shared_ptr<grpc::ServerCredentials> MakeTlsServerCredentials(
    const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider,
    std::shared_ptr<PeerCheck> check);

}  // namespace pinion

#endif  // PINION_TRANSPORT_TLS_CREDENTIALS_H_
