#include "pinion/transport/tls_credentials.h"

#include <grpcpp/security/tls_credentials_options.h>

#include <utility>

#include "pinion/transport/verifier_adapters.h"

namespace pinion {

std::shared_ptr<grpc::ChannelCredentials> MakeTlsChannelCredentials(
    const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider,
    std::shared_ptr<PeerCheck> check) {
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_root_certificate_provider(provider);
  tls.set_identity_certificate_provider(provider);
  tls.set_certificate_verifier(MakeHandshakeVerifier(std::move(check)));
  return grpc::experimental::TlsCredentials(tls);
}

std::shared_ptr<grpc::ServerCredentials> MakeTlsServerCredentials(
    const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider,
    std::shared_ptr<PeerCheck> check) {
  absl::StatusOr<grpc::experimental::TlsServerCredentialsOptions> tls =
      grpc::experimental::TlsServerCredentialsOptions::Create(provider);
  if (!tls.ok()) return nullptr;  // only without a provider
  tls->set_root_certificate_provider(provider);
  tls->set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls->set_certificate_verifier(MakeHandshakeVerifier(std::move(check)));
  return grpc::experimental::TlsServerCredentials(*tls);
}

}  // namespace pinion
