#include "tools/pinion/drill/pki.h"

#include "absl/time/clock.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion::drill {
namespace {

constexpr char kCaName[] = "Pinion drill CA";

absl::StatusOr<std::vector<x509::PrivateKey>> MakeKeys(int count) {
  std::vector<x509::PrivateKey> keys;
  for (int i = 0; i < count; ++i) {
    absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::GenerateEc("P-256");
    if (!key.ok()) return key.status();
    keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace

absl::StatusOr<x509::Issuer> MakeCa(const std::string& name) {
  const absl::StatusOr<std::vector<x509::PrivateKey>> keys = MakeKeys(1);
  if (!keys.ok()) return keys.status();
  const absl::StatusOr<std::string> der =
      x509::IssueCertificate(x509::CaRecipe(name, absl::Now()), keys->front(), nullptr);
  if (!der.ok()) return der.status();
  const absl::StatusOr<x509::Certificate> certificate = x509::Certificate::FromDer(*der);
  if (!certificate.ok()) return certificate.status();
  return x509::Issuer{*certificate, keys->front()};
}

absl::StatusOr<Pki> Pki::Create() {
  const absl::StatusOr<std::vector<x509::PrivateKey>> keys = MakeKeys(6);
  if (!keys.ok()) return keys.status();
  std::vector<x509::Issuer> cas;
  for (const char* const name : {kCaName, kCaName, "Another CA"}) {
    const absl::StatusOr<x509::Issuer> ca = MakeCa(name);
    if (!ca.ok()) return ca.status();
    cas.push_back(*ca);
  }
  const std::vector<x509::PrivateKey>& key = *keys;
  return Pki{cas[0], cas[1], cas[2], key[0], key[1], key[2], key[3], key[4], key[5]};
}

absl::StatusOr<Certified> Issue(const x509::Issuer* issuer, const x509::PrivateKey& key,
                                const std::vector<std::string>& names, const EditRecipe& edit) {
  x509::CertificateRecipe recipe = x509::LeafRecipe("drill", names, absl::Now());
  if (edit) edit(recipe);
  const absl::StatusOr<std::string> der = x509::IssueCertificate(recipe, key, issuer);
  if (!der.ok()) return der.status();
  return Certified{key, {*der}};
}

void Expired(x509::CertificateRecipe& recipe) {
  recipe.not_before = absl::Now() - absl::Hours(12);
  recipe.not_after = absl::Now() - absl::Hours(1);
}

void NotYetValid(x509::CertificateRecipe& recipe) { recipe.not_before = absl::Now() + absl::Hours(24); }

absl::StatusOr<Certified> Append(absl::StatusOr<Certified> of, const absl::StatusOr<Certified>& junk) {
  if (!of.ok()) return of;
  if (!junk.ok()) return junk.status();
  of->chain.push_back(junk->chain.front());
  return of;
}

}  // namespace pinion::drill
