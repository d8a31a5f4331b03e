#include "pinion/transport/certificate_provider.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

using grpc::experimental::IdentityKeyOrSignerCertPair;
using grpc::experimental::InMemoryCertificateProvider;

absl::Status Set(const GrpcPem& pem, InMemoryCertificateProvider* provider) {
  // gRPC aborts the process when it uses an empty value.
  if (pem.peer_roots.empty() || pem.identity.certificate.empty() || pem.identity.private_key.empty()) {
    return absl::InternalError("identity: cannot publish it to gRPC: a part of it is empty");
  }
  absl::Status status = provider->UpdateRoot(pem.peer_roots);
  if (status.ok()) {
    status = provider->UpdateIdentityKeyCertPair(
        std::vector<IdentityKeyOrSignerCertPair>{{pem.identity.private_key, pem.identity.certificate}});
  }
  if (status.ok()) return status;
  return absl::InternalError(absl::StrCat("identity: gRPC did not accept it: ", status.message()));
}

// gRPC has used the new value for each handshake that starts after Publish has returned.
class MemoryPublisher final : public GrpcPublisher {
 public:
  absl::Status Publish(const GrpcPem& pem) override { return Set(pem, provider_.get()); }
  std::shared_ptr<GrpcCertificateProvider> provider() const override { return provider_; }

 private:
  const std::shared_ptr<InMemoryCertificateProvider> provider_ = std::make_shared<InMemoryCertificateProvider>();
};

}  // namespace

GrpcPem PemOf(const Identity& identity, const x509::TrustRoots& peer_roots) {
  return {{identity.CertificatePem(), identity.private_key().ToPem()}, peer_roots.ToPem()};
}

absl::StatusOr<std::shared_ptr<GrpcCertificateProvider>> MakeGrpcProvider(const GrpcPem& pem) {
  auto provider = std::make_shared<InMemoryCertificateProvider>();
  if (absl::Status status = Set(pem, provider.get()); !status.ok()) return status;
  return provider;
}

absl::StatusOr<std::unique_ptr<GrpcPublisher>> GrpcPublisher::Create(const GrpcPem& pem) {
  auto publisher = std::make_unique<MemoryPublisher>();
  if (absl::Status status = publisher->Publish(pem); !status.ok()) return status;
  return publisher;
}

}  // namespace pinion
