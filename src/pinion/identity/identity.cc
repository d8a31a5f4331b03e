#include "pinion/identity/identity.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

absl::Status Faulty(absl::string_view part, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("identity: ", part, ": ", fault));
}

// The name of a part in errors: "private_key", or "private_key_file (PATH)" if it came from a file.
std::string NameOf(absl::string_view part, absl::string_view path) {
  return path.empty() ? std::string(part) : absl::StrCat(part, "_file (", absl::CHexEscape(path), ")");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Identity>> Identity::FromPem(const IdentityPem& pem, const IdentityFiles& files) {
  const std::string certificate_name = NameOf("certificate", files.certificate_file);
  const std::string key_name = NameOf("private_key", files.private_key_file);
  absl::StatusOr<std::vector<x509::Certificate>> chain =
      x509::ParsePem(pem.certificate, x509::BesideCertificates::kPrivateKey);
  if (!chain.ok()) return Faulty(certificate_name, chain.status().message());
  absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(pem.private_key);
  if (!key.ok()) return Faulty(key_name, key.status().message());
  if (!key->Matches(chain->front())) {
    return Faulty(key_name, absl::StrCat("it is not the key of the first certificate in ", certificate_name,
                                         "; the key's pin is ", x509::ToPinText(key->spki_digest()),
                                         ", the certificate's is ", x509::ToPinText(chain->front().spki_digest())));
  }
  return std::shared_ptr<const Identity>(new Identity(*std::move(chain), *std::move(key)));
}

absl::StatusOr<std::vector<x509::Certificate>> Identity::FindPath(const x509::TrustRoots& known, x509::Purpose purpose,
                                                                  absl::Time now) const {
  x509::PathOutcome outcome = x509::BuildPath(certificate(), chain_, AssumedPeerRoots(known), purpose, now);
  if (outcome.reason == v1::ACCEPTED) return std::move(outcome.path);
  return absl::FailedPreconditionError(absl::StrCat("identity: peers would refuse our own certificate as a ",
                                                    purpose == x509::Purpose::kServerAuth ? "server's" : "client's",
                                                    ": ", v1::Reason_Name(outcome.reason), ": ", outcome.detail,
                                                    "; ours is ", certificate().Description()));
}

x509::TrustRoots Identity::AssumedPeerRoots(const x509::TrustRoots& known) const {
  return known.Anchor(chain_) ? known : x509::TrustRoots::AssumedFor(chain_);
}

std::string Identity::CertificatePem() const {
  std::string pem;
  for (const x509::Certificate& certificate : chain_) absl::StrAppend(&pem, x509::EncodePem(certificate.der()));
  return pem;
}

}  // namespace pinion
