// Keeps gRPC's certificate providers in use. Private to this implementation.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_CERTIFICATE_DISTRIBUTOR_H_
#define PINION_TRANSPORT_DEBIAN_1_51_CERTIFICATE_DISTRIBUTOR_H_

#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace grpc_core {

struct PemKeyCertPair {
  std::string private_key;
  std::string certificate_chain;
};

}  // namespace grpc_core

// Through it, a provider passes certificates to those that watch them: each connection attempt of a channel, and each
// port of a server. gRPC's public headers only declare it; these are the members that are used here, as in
// src/core/lib/security/credentials/tls/grpc_tls_certificate_distributor.h of gRPC 1.51. It is never made here.
struct grpc_tls_certificate_distributor {  // NOLINT(readability-identifier-naming): the name in the library
  class TlsCertificatesWatcherInterface {
   public:
    virtual ~TlsCertificatesWatcherInterface() = default;
    virtual void OnCertificatesChanged(absl::optional<absl::string_view> roots,
                                       absl::optional<std::vector<grpc_core::PemKeyCertPair>> pairs) = 0;
    virtual void OnError(absl::Status roots_error, absl::Status identity_error) = 0;
  };

  // Both names are empty for certificates without a name. The distributor owns the watcher until Cancel.
  void WatchTlsCertificates(std::unique_ptr<TlsCertificatesWatcherInterface> watcher,
                            absl::optional<std::string> roots_name, absl::optional<std::string> identity_name);
  void CancelTlsCertificatesWatch(TlsCertificatesWatcherInterface* watcher);
};

namespace pinion {

// The provider's distributor, which exists as long as the provider. Returns FailedPrecondition if gRPC does not have
// the layout that is expected. No other thread may use the provider.
absl::StatusOr<grpc_tls_certificate_distributor*> DistributorOf(
    grpc::experimental::CertificateProviderInterface* provider);

// Watches the certificates of a new provider as long as it is used. Without this, a provider of gRPC 1.51 can be left
// without certificates for good, and every connection attempt that uses it fails with "Failed to create security
// handshaker": when the last of those that watch ends while another begins, on another thread, the provider may learn
// of the second before it learns of the first. Returns FailedPrecondition as DistributorOf does, or if the provider
// does not pass its certificates on.
absl::Status KeepWatched(grpc::experimental::CertificateProviderInterface* provider);

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_CERTIFICATE_DISTRIBUTOR_H_
