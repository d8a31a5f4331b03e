// Passes a validated identity to gRPC, once or repeatedly. Its implementation is the only file that uses gRPC's
// certificate providers.
#ifndef PINION_TRANSPORT_CERTIFICATE_PROVIDER_H_
#define PINION_TRANSPORT_CERTIFICATE_PROVIDER_H_

#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/identity/identity.h"

namespace pinion {

// The identity that gRPC presents, and the roots that it verifies peers with.
struct GrpcPem {
  IdentityPem identity;
  std::string peer_roots;
};
GrpcPem PemOf(const Identity& identity, const x509::TrustRoots& peer_roots);

using GrpcCertificateProvider = grpc::experimental::CertificateProviderInterface;

// Creates a provider with a constant copy of the certificates, key and roots. It is cheap. Returns FailedPrecondition
// if gRPC's provider does not work as expected.
absl::StatusOr<std::shared_ptr<GrpcCertificateProvider>> MakeGrpcProvider(const GrpcPem& pem);

// The same, but replaceable on live ports and channels: handshakes use the last published value after about 1 s. No key
// is written to disk.
class GrpcPublisher {
 public:
  // Returns Internal if the system lacks what gRPC's provider needs, and FailedPrecondition if that does not work as
  // expected.
  static absl::StatusOr<std::unique_ptr<GrpcPublisher>> Create(const GrpcPem& pem);
  // gRPC must no longer use the provider.
  virtual ~GrpcPublisher() = default;

  // Calls must be serialized. On an error, gRPC keeps the previous value.
  virtual absl::Status Publish(const GrpcPem& pem) = 0;
  virtual std::shared_ptr<GrpcCertificateProvider> provider() const = 0;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_CERTIFICATE_PROVIDER_H_
