// Hands a validated identity to gRPC. The one place that knows gRPC's certificate providers.
#ifndef PINION_IDENTITY_GRPC_PROVIDER_H_
#define PINION_IDENTITY_GRPC_PROVIDER_H_

#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>

#include "pinion/identity/identity.h"

namespace pinion {

// gRPC's copy of the identity's certificates, key and roots; it stays as it is.
std::shared_ptr<grpc::experimental::CertificateProviderInterface> MakeGrpcProvider(const Identity& identity);

}  // namespace pinion

#endif  // PINION_IDENTITY_GRPC_PROVIDER_H_
