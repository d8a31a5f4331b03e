// Hands a validated identity to gRPC, once or again and again. The one place that knows gRPC's certificate providers.
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

// What gRPC presents, and the roots by which it judges what it is presented.
struct GrpcPem {
  IdentityPem identity;
  std::string peer_roots;
};
GrpcPem PemOf(const Identity& identity, const x509::TrustRoots& peer_roots);

using GrpcCertificateProvider = grpc::experimental::CertificateProviderInterface;

// gRPC's copy of the certificates, key and roots; it stays as it is. Costs little.
std::shared_ptr<GrpcCertificateProvider> MakeGrpcProvider(const GrpcPem& pem);

// The same, replaceable on live ports and channels: handshakes use what was published last, about a second later.
//
// gRPC 1.51 takes no provider but its own, and the one that can change reads files. So it is given "files" that are
// anonymous memory of this process, replaced as a whole: what gRPC reads is never half of one thing and half of
// another, and no key is on a disk. Newer releases have an in-memory provider, which would stand here.
class GrpcPublisher {
 public:
  // Internal when the system gives no anonymous memory.
  static absl::StatusOr<std::unique_ptr<GrpcPublisher>> Create(const GrpcPem& pem);
  // gRPC must be done with the provider.
  ~GrpcPublisher();
  GrpcPublisher(const GrpcPublisher&) = delete;
  GrpcPublisher& operator=(const GrpcPublisher&) = delete;

  // One call at a time. On an error gRPC keeps what it has.
  absl::Status Publish(const GrpcPem& pem);
  const std::shared_ptr<GrpcCertificateProvider>& provider() const { return provider_; }

 private:
  GrpcPublisher() = default;

  // An anonymous file with these contents; -1, and errno, where there is none to be had.
  int MakeFile(const std::string& contents) const;
  // *fd becomes what `fresh` was; its number, once given, stays.
  static bool MoveTo(int fresh, int* fd);

  int pair_fd_ = -1;  // key and chain
  int roots_fd_ = -1;
  int64_t published_ = 0;
  std::shared_ptr<GrpcCertificateProvider> provider_;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_CERTIFICATE_PROVIDER_H_
