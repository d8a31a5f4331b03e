#include "tools/pinion/development_ca.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "pinion/base/output_file.h"
#include "pinion/json/strict.h"
#include "pinion/v1/certificate_profile.pb.h"
#include "pinion/x509/host_name.h"
#include "pinion/x509/spiffe_id.h"

namespace pinion::cli {
namespace {

constexpr char kIntermediateProfile[] = "intermediate";
// The clocks of other machines may be behind by this much.
constexpr absl::Duration kClockSkew = absl::Minutes(5);

const std::map<std::string, std::string>& Profiles() {
  static const auto* const profiles = new std::map<std::string, std::string>{
#include "certs/profiles.inc"
  };
  return *profiles;
}

absl::StatusOr<v1::CertificateProfile> LoadProfile(const std::string& name) {
  v1::CertificateProfile profile;
  absl::Status status = json::Parse(Profiles().at(name), name, &profile);
  if (!status.ok()) return status;
  return profile;
}

absl::StatusOr<x509::PrivateKey> GenerateKey(v1::KeyType type) {
  switch (type) {
    case v1::ECDSA_P256:
      return x509::PrivateKey::GenerateEc("P-256");
    case v1::ECDSA_P384:
      return x509::PrivateKey::GenerateEc("P-384");
    case v1::ED25519:
      return x509::PrivateKey::GenerateEd25519();
    case v1::RSA_2048:
      return x509::PrivateKey::GenerateRsa(2048);
    default:
      return absl::InvalidArgumentError("the profile names no key_type");
  }
}

void SetTimes(absl::Duration valid_for, x509::CertificateRecipe* recipe) {
  recipe->not_before = absl::Now() - kClockSkew;
  recipe->not_after = absl::Now() + valid_for;
}

// A recipe with the fields of the profile, and no name except the common name.
x509::CertificateRecipe RecipeFrom(const v1::CertificateProfile& profile, const std::string& common_name) {
  const auto& usages = profile.extended_key_usages();
  x509::CertificateRecipe recipe;
  recipe.common_name = common_name;
  recipe.server_auth = std::count(usages.begin(), usages.end(), v1::SERVER_AUTH) > 0;
  recipe.client_auth = std::count(usages.begin(), usages.end(), v1::CLIENT_AUTH) > 0;
  SetTimes(absl::Hours(24) * profile.validity_days(), &recipe);
  return recipe;
}

// A name that no verifier would match is a mistake.
absl::Status CheckNames(const CertificateOrder& order) {
  if (order.dns.empty() && order.uris.empty() && order.addresses.empty()) {
    return absl::InvalidArgumentError("every peer refuses a certificate without a name; give --dns, --uri or --ip");
  }
  for (const std::string& name : order.dns) {
    const absl::StatusOr<x509::HostPattern> pattern = x509::HostPattern::Parse(name);
    if (!pattern.ok()) return absl::InvalidArgumentError(absl::StrCat("--dns: ", pattern.status().message()));
    const absl::StatusOr<x509::HostName> host = x509::HostName::Parse(name);
    if (host.ok() && host->is_address()) {
      return absl::InvalidArgumentError(absl::StrCat("--dns: ", name, " is an IP address; give it as --ip"));
    }
  }
  const absl::Status ids = x509::CheckSpiffeIds(order.uris);
  return ids.ok() ? ids : absl::InvalidArgumentError(absl::StrCat("--uri: ", ids.message()));
}

absl::StatusOr<x509::Issuer> LoadPair(const std::string& directory, const std::string& name,
                                      std::vector<x509::Certificate>* chain) {
  const absl::StatusOr<std::string> certificate_pem = ReadFile(CertificatePath(directory, name));
  if (!certificate_pem.ok()) return certificate_pem.status();
  const absl::StatusOr<std::string> key_pem = ReadFile(KeyPath(directory, name));
  if (!key_pem.ok()) return key_pem.status();
  absl::StatusOr<std::vector<x509::Certificate>> certificates = x509::ParsePem(*certificate_pem);
  if (!certificates.ok()) return certificates.status();
  const absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(*key_pem);
  if (!key.ok()) return key.status();
  *chain = *std::move(certificates);
  if (!key->Matches(chain->front())) {
    return absl::InvalidArgumentError(absl::StrCat(directory, ": ", name, "-key.pem is not the key of ", name, ".pem"));
  }
  return x509::Issuer{chain->front(), *key};
}

}  // namespace

std::string CertificatePath(const std::string& directory, const std::string& name) {
  return absl::StrCat(directory, "/", name, ".pem");
}

std::string KeyPath(const std::string& directory, const std::string& name) {
  return absl::StrCat(directory, "/", name, "-key.pem");
}

std::string NameFault(const std::string& name) {
  const bool plain =
      !name.empty() && name.size() <= 60 && name != kRootName && name.front() != '.' &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == std::string::npos;
  return plain ? "" : "use 1 to 60 letters, digits, '.', '_' or '-', and not \"ca\"";
}

std::vector<std::string> LeafProfiles() {
  std::vector<std::string> names;
  for (const auto& [name, text] : Profiles()) {
    if (name != kRootName && name != kIntermediateProfile) names.push_back(name);
  }
  return names;
}

// The certificate to be renewed or rekeyed.
struct DevelopmentCa::Predecessor {
  x509::CertificateRecipe recipe;
  x509::PrivateKey key;
  std::string issuer_name;
};

absl::StatusOr<x509::Issuer> DevelopmentCa::Load(const std::string& name) const {
  std::vector<x509::Certificate> chain;
  return LoadPair(directory_, name, &chain);
}

absl::StatusOr<x509::Issuer> DevelopmentCa::LoadIssuer(const std::string& name) const {
  absl::StatusOr<x509::Issuer> issuer = Load(name);
  if (!issuer.ok() || issuer->certificate.is_ca()) return issuer;
  return absl::InvalidArgumentError(
      absl::StrCat(CertificatePath(directory_, name), " is no CA's; `pinion pki intermediate` makes one that is"));
}

absl::StatusOr<MadeCertificate> DevelopmentCa::Init() const {
  if (mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::UnavailableError(absl::StrCat("cannot make ", directory_, ": ", std::strerror(errno)));
  }
  const absl::StatusOr<v1::CertificateProfile> profile = LoadProfile(kRootName);
  if (!profile.ok()) return profile.status();
  const absl::StatusOr<x509::PrivateKey> key = GenerateKey(profile->key_type());
  if (!key.ok()) return key.status();
  x509::CertificateRecipe recipe = RecipeFrom(*profile, "Pinion development CA");
  recipe.is_ca = true;
  return Make(kRootName, recipe, *key, "");
}

absl::StatusOr<MadeCertificate> DevelopmentCa::MakeIntermediate(const std::string& name) const {
  const absl::StatusOr<v1::CertificateProfile> profile = LoadProfile(kIntermediateProfile);
  if (!profile.ok()) return profile.status();
  const absl::StatusOr<x509::PrivateKey> key = GenerateKey(profile->key_type());
  if (!key.ok()) return key.status();
  x509::CertificateRecipe recipe = RecipeFrom(*profile, name);
  recipe.is_ca = true;
  recipe.path_length = 0;
  return Make(name, recipe, *key, kRootName);
}

absl::StatusOr<MadeCertificate> DevelopmentCa::Issue(const CertificateOrder& order) const {
  if (absl::Status status = CheckNames(order); !status.ok()) return status;
  const absl::StatusOr<v1::CertificateProfile> profile = LoadProfile(order.profile);
  if (!profile.ok()) return profile.status();
  const absl::StatusOr<x509::PrivateKey> key = GenerateKey(profile->key_type());
  if (!key.ok()) return key.status();
  x509::CertificateRecipe recipe = RecipeFrom(*profile, order.name);
  recipe.dns = order.dns;
  recipe.uris = order.uris;
  recipe.addresses = order.addresses;
  if (order.valid_for > absl::ZeroDuration()) SetTimes(order.valid_for, &recipe);
  return Make(order.name, recipe, *key, order.from);
}

absl::StatusOr<MadeCertificate> DevelopmentCa::Renew(const SuccessorOrder& order) const {
  const absl::StatusOr<Predecessor> before = LoadPredecessor(order);
  if (!before.ok()) return before.status();
  return Make(order.as, before->recipe, before->key, before->issuer_name, KeyPath(directory_, order.name));
}

absl::StatusOr<MadeCertificate> DevelopmentCa::Rekey(const SuccessorOrder& order) const {
  const absl::StatusOr<Predecessor> before = LoadPredecessor(order);
  if (!before.ok()) return before.status();
  const absl::StatusOr<x509::PrivateKey> key = before->key.GenerateAnother();
  if (!key.ok()) return key.status();
  return Make(order.as, before->recipe, *key, before->issuer_name);
}

absl::StatusOr<DevelopmentCa::Predecessor> DevelopmentCa::LoadPredecessor(const SuccessorOrder& order) const {
  std::vector<x509::Certificate> chain;
  const absl::StatusOr<x509::Issuer> pair = LoadPair(directory_, order.name, &chain);
  if (!pair.ok()) return pair.status();
  const std::string path = CertificatePath(directory_, order.name);
  if (pair->certificate.is_ca()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is a CA's; make another with `pinion pki intermediate`, and issue from it"));
  }
  Predecessor before{x509::RecipeOf(pair->certificate), pair->key, kRootName};
  if (chain.size() > 1) {
    before.issuer_name = std::string(absl::StripPrefix(chain[1].subject(), "CN="));
    if (!NameFault(before.issuer_name).empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": its second certificate (", chain[1].Description(), ") is no intermediate made here"));
    }
  }
  const absl::Duration lived = before.recipe.not_after - before.recipe.not_before - kClockSkew;
  SetTimes(order.valid_for > absl::ZeroDuration() ? order.valid_for : lived, &before.recipe);
  return before;
}

absl::StatusOr<MadeCertificate> DevelopmentCa::Make(const std::string& name, x509::CertificateRecipe recipe,
                                                    const x509::PrivateKey& key, const std::string& issuer_name,
                                                    const std::string& key_file) const {
  std::vector<x509::Issuer> issuer;  // at most one
  if (!issuer_name.empty()) {
    absl::StatusOr<x509::Issuer> loaded = LoadIssuer(issuer_name);
    if (!loaded.ok()) return loaded.status();
    recipe.not_after = std::min(recipe.not_after, loaded->certificate.not_after());
    issuer.push_back(*std::move(loaded));
  }
  const absl::StatusOr<std::string> der = x509::IssueCertificate(recipe, key, issuer.empty() ? nullptr : &issuer[0]);
  if (!der.ok()) return der.status();
  const absl::StatusOr<x509::Certificate> made = x509::Certificate::FromDer(*der);
  if (!made.ok()) return made.status();
  std::string pem = x509::EncodePem(*der);
  const bool by_intermediate = !issuer.empty() && issuer_name != kRootName;
  if (by_intermediate) absl::StrAppend(&pem, x509::EncodePem(issuer[0].certificate.der()));
  const MadeCertificate result{name, CertificatePath(directory_, name),
                               key_file.empty() ? KeyPath(directory_, name) : key_file,
                               x509::ToPinText(key.spki_digest()), made->not_after()};
  absl::Status status = key_file.empty() ? WriteNewFile(result.private_key_file, key.ToPem(), 0600) : absl::OkStatus();
  if (!status.ok()) return status;
  status = WriteNewFile(result.certificate_file, pem, 0644);
  if (!status.ok() && key_file.empty()) unlink(result.private_key_file.c_str());
  if (!status.ok()) return status;
  return result;
}

}  // namespace pinion::cli
