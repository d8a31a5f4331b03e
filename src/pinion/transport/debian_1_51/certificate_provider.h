// Passes a validated identity to gRPC, once or repeatedly. This is the only file that uses gRPC's certificate
// providers.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_CERTIFICATE_PROVIDER_H_
#define PINION_TRANSPORT_DEBIAN_1_51_CERTIFICATE_PROVIDER_H_

#include <grpcpp/security/tls_certificate_provider.h>

#include <cstdint>
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

// Creates a provider with a constant copy of the certificates, key and roots. It is cheap.
std::shared_ptr<GrpcCertificateProvider> MakeGrpcProvider(const GrpcPem& pem);

// The same, but replaceable on live ports and channels: handshakes use the last published value after about 1 s.
//
// gRPC 1.51 accepts only its own providers, and its only replaceable provider reads files. These files are therefore
// anonymous memory of this process, and each is replaced as a whole: gRPC never reads a mixture of two versions, and no
// key is written to disk. Newer gRPC releases have an in-memory provider, which would replace this class.
class GrpcPublisher {
 public:
  // Returns Internal if the system provides no anonymous memory.
  static absl::StatusOr<std::unique_ptr<GrpcPublisher>> Create(const GrpcPem& pem);
  // gRPC must no longer use the provider.
  ~GrpcPublisher();
  GrpcPublisher(const GrpcPublisher&) = delete;
  GrpcPublisher& operator=(const GrpcPublisher&) = delete;

  // Calls must be serialized. On an error, gRPC keeps the previous value.
  absl::Status Publish(const GrpcPem& pem);
  const std::shared_ptr<GrpcCertificateProvider>& provider() const { return provider_; }

 private:
  GrpcPublisher() = default;

  // Returns an anonymous file with these contents; -1, with errno set, on failure.
  int MakeFile(const std::string& contents) const;
  // Makes *fd refer to the file of `fresh`. The descriptor number of *fd does not change once it is set.
  static bool MoveTo(int fresh, int* fd);

  int pair_fd_ = -1;  // key and chain
  int roots_fd_ = -1;
  int64_t published_ = 0;
  std::shared_ptr<GrpcCertificateProvider> provider_;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_CERTIFICATE_PROVIDER_H_
