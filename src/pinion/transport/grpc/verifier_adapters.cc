#include "pinion/transport/verifier_adapters.h"

#include <grpc/grpc_security_constants.h>

#include <map>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/handshake/status_text.h"
#include "pinion/x509/host_name.h"

namespace pinion {
namespace {

absl::string_view View(grpc::string_ref text) { return absl::string_view(text.data(), text.size()); }

// The host of "HOST:PORT" or "HOST". A text that cannot be parsed is returned unchanged and is then refused under that
// name.
std::string HostOf(absl::string_view target) {
  const absl::StatusOr<x509::HostName> host = x509::HostName::FromTarget(target);
  return host.ok() ? host->text() : absl::CHexEscape(target);
}

class HandshakeVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit HandshakeVerifier(std::shared_ptr<PeerCheck> check) : check_(std::move(check)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* sync_status) override {
    const Verdict verdict = check_->JudgeHandshake(View(request->peer_cert()), View(request->peer_cert_full_chain()),
                                                   HostOf(View(request->target_name())));
    if (!verdict.accepted()) {
      *sync_status =
          grpc::Status(grpc::StatusCode::UNAUTHENTICATED, absl::StrCat(kRefusedByPinion, verdict.ToString()));
    }
    return true;
  }

  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<PeerCheck> check_;
};

class CallRecheck final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit CallRecheck(std::shared_ptr<PeerCheck> check) : check_(std::move(check)) {}

  // Takes about a microsecond, so it needs no thread of its own.
  bool IsBlocking() const override { return false; }
  const char* GetType() const override { return "pinion"; }

  grpc::Status GetMetadata(grpc::string_ref service_url, grpc::string_ref /*method_name*/,
                           const grpc::AuthContext& connection,
                           std::multimap<grpc::string, grpc::string>* /*metadata*/) override {
    // "https://AUTHORITY/package.Service"
    absl::string_view authority = View(service_url);
    absl::ConsumePrefix(&authority, "https://");
    authority = authority.substr(0, authority.find('/'));
    const absl::Status status =
        check_->RecheckCall(Property(connection, GRPC_X509_PEM_CERT_PROPERTY_NAME),
                            Property(connection, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME), HostOf(authority));
    if (status.ok()) return grpc::Status::OK;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, std::string(status.message()));
  }

 private:
  static absl::string_view Property(const grpc::AuthContext& connection, const char* name) {
    const std::vector<grpc::string_ref> values = connection.FindPropertyValues(name);
    return values.empty() ? absl::string_view() : View(values.front());
  }

  const std::shared_ptr<PeerCheck> check_;
};

}  // namespace

std::shared_ptr<grpc::experimental::CertificateVerifier> MakeHandshakeVerifier(std::shared_ptr<PeerCheck> check) {
  return grpc::experimental::ExternalCertificateVerifier::Create<HandshakeVerifier>(std::move(check));
}

std::shared_ptr<grpc::CallCredentials> MakeCallRecheck(std::shared_ptr<PeerCheck> check) {
  return grpc::MetadataCredentialsFromPlugin(std::make_unique<CallRecheck>(std::move(check)));
}

}  // namespace pinion
