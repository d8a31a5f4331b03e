#include "pinion/identity/grpc_provider.h"

namespace pinion {

std::shared_ptr<grpc::experimental::CertificateProviderInterface> MakeGrpcProvider(const Identity& identity) {
  const std::vector<grpc::experimental::IdentityKeyCertPair> pairs = {
      {identity.private_key().ToPem(), identity.CertificatePem()}};
  return std::make_shared<grpc::experimental::StaticDataCertificateProvider>(identity.roots().ToPem(), pairs);
}

}  // namespace pinion
