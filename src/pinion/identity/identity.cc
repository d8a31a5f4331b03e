#include "pinion/identity/identity.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/reload/file.h"

namespace pinion {
namespace {

// How errors name the three parts.
struct PartNames {
  std::string certificate = "certificate";
  std::string private_key = "private_key";
  std::string ca_certificate = "ca_certificate";
};

absl::Status Faulty(absl::string_view part, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("identity: ", part, ": ", fault));
}

std::string NameOf(absl::string_view field, absl::string_view path) {
  return absl::StrCat(field, " (", absl::CHexEscape(path), ")");
}

struct Parts {
  std::vector<x509::Certificate> chain;
  x509::PrivateKey key;
  x509::TrustRoots roots;
};

absl::StatusOr<Parts> Parse(const IdentityPem& pem, const PartNames& names) {
  absl::StatusOr<std::vector<x509::Certificate>> chain = x509::ParsePem(pem.certificate);
  if (!chain.ok()) return Faulty(names.certificate, chain.status().message());
  absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(pem.private_key);
  if (!key.ok()) return Faulty(names.private_key, key.status().message());
  absl::StatusOr<x509::TrustRoots> roots = x509::TrustRoots::FromPem(pem.ca_certificate);
  if (!roots.ok()) return Faulty(names.ca_certificate, roots.status().message());
  if (!key->Matches(chain->front())) {
    return Faulty(names.private_key,
                  absl::StrCat("it is not the key of the first certificate in ", names.certificate,
                               "; the key's pin is ", x509::ToPinText(key->spki_digest()), ", the certificate's is ",
                               x509::ToPinText(chain->front().spki_digest())));
  }
  return Parts{*std::move(chain), *std::move(key), *std::move(roots)};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Identity>> Identity::FromPem(const IdentityPem& pem) {
  absl::StatusOr<Parts> parts = Parse(pem, PartNames());
  if (!parts.ok()) return parts.status();
  return std::shared_ptr<const Identity>(
      new Identity(std::move(parts->chain), std::move(parts->key), std::move(parts->roots)));
}

absl::StatusOr<std::shared_ptr<const Identity>> Identity::FromFiles(const IdentityFiles& files) {
  IdentityPem pem;
  for (const auto& [path, text] : {std::pair{&files.certificate_file, &pem.certificate},
                                   {&files.private_key_file, &pem.private_key},
                                   {&files.ca_certificate_file, &pem.ca_certificate}}) {
    absl::StatusOr<std::string> contents = ReadFile(*path);
    if (!contents.ok()) return contents.status();
    *text = *std::move(contents);
  }
  absl::StatusOr<Parts> parts = Parse(
      pem, {NameOf("certificate_file", files.certificate_file), NameOf("private_key_file", files.private_key_file),
            NameOf("ca_certificate_file", files.ca_certificate_file)});
  if (!parts.ok()) return parts.status();
  return std::shared_ptr<const Identity>(
      new Identity(std::move(parts->chain), std::move(parts->key), std::move(parts->roots)));
}

absl::Status Identity::CheckUsable(x509::Purpose purpose, absl::Time now) const {
  const x509::PathOutcome outcome = x509::BuildPath(certificate(), chain_, roots_, purpose, now);
  if (outcome.reason == v1::ACCEPTED) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("identity: peers would refuse our own certificate as a ",
                                                    purpose == x509::Purpose::kServerAuth ? "server's" : "client's",
                                                    ": ", v1::Reason_Name(outcome.reason), ": ", outcome.detail,
                                                    "; ours is ", certificate().Description()));
}

std::string Identity::CertificatePem() const {
  std::string pem;
  for (const x509::Certificate& certificate : chain_) absl::StrAppend(&pem, x509::EncodePem(certificate.der()));
  return pem;
}

}  // namespace pinion
