#include "pinion/testing/defect.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion::testing {
namespace {

struct Known {
  Defect defect;
  const char* name;
  v1::Reason server;
  v1::Reason client;
};

// A client is identified by its URIs, not by a host.
const std::vector<Known>& Table() {
  static const auto* const table = new std::vector<Known>{
      {Defect::kExpired, "expired", v1::CERTIFICATE_EXPIRED, v1::CERTIFICATE_EXPIRED},
      {Defect::kNotYetValid, "not yet valid", v1::CERTIFICATE_NOT_YET_VALID, v1::CERTIFICATE_NOT_YET_VALID},
      {Defect::kWrongHost, "wrong host", v1::HOST_MISMATCH, v1::ACCEPTED},
      {Defect::kCommonNameOnly, "common name only", v1::HOST_MISMATCH, v1::IDENTITY_MISMATCH},
      {Defect::kNulInName, "NUL in name", v1::MALFORMED_CERTIFICATE, v1::MALFORMED_CERTIFICATE},
      {Defect::kTooWideWildcard, "too wide wildcard", v1::HOST_MISMATCH, v1::ACCEPTED},
      {Defect::kForClientsOnly, "for clients only", v1::WRONG_PURPOSE, v1::ACCEPTED},
      {Defect::kForServersOnly, "for servers only", v1::ACCEPTED, v1::WRONG_PURPOSE},
      {Defect::kOtherCa, "other CA", v1::CHAIN_UNTRUSTED, v1::CHAIN_UNTRUSTED},
      {Defect::kSelfSigned, "self-signed", v1::CHAIN_UNTRUSTED, v1::CHAIN_UNTRUSTED},
      {Defect::kMissingIntermediate, "missing intermediate", v1::CHAIN_UNTRUSTED, v1::CHAIN_UNTRUSTED},
      {Defect::kWeakKey, "weak key", v1::KEY_NOT_ALLOWED, v1::KEY_NOT_ALLOWED},
      {Defect::kWeakSignature, "weak signature", v1::SIGNATURE_NOT_ALLOWED, v1::SIGNATURE_NOT_ALLOWED},
  };
  return *table;
}

const Known& Find(Defect defect) {
  for (const Known& known : Table()) {
    if (known.defect == defect) return known;
  }
  std::abort();
}

// Applies the defects that are in the contents of the certificate.
void Damage(Defect defect, const std::string& host, absl::Time now, x509::CertificateRecipe* recipe) {
  switch (defect) {
    case Defect::kExpired:
      recipe->not_before = now - absl::Hours(48);
      recipe->not_after = now - absl::Hours(1);
      return;
    case Defect::kNotYetValid:
      recipe->not_before = now + absl::Hours(1);
      return;
    case Defect::kWrongHost:
      recipe->dns = {"other.invalid"};
      return;
    case Defect::kTooWideWildcard:
      recipe->dns = {"*" + host.substr(host.rfind('.'))};
      return;
    case Defect::kCommonNameOnly:
      recipe->common_name = host;
      recipe->dns.clear();
      recipe->uris.clear();
      recipe->addresses.clear();
      return;
    case Defect::kNulInName:
      recipe->raw_subject_alt_name = x509::RawDnsName(absl::StrCat(host, absl::string_view("\0.invalid", 9)));
      return;
    case Defect::kForClientsOnly:
      recipe->server_auth = false;
      return;
    case Defect::kForServersOnly:
      recipe->client_auth = false;
      return;
    case Defect::kWeakSignature:
      recipe->signature_hash = "SHA1";
      return;
    default:
      return;
  }
}

// Signed by its own key.
IssuedCertificate SelfSigned(const TestCa& ca, const std::vector<std::string>& names, const TestKey& key) {
  x509::CertificateRecipe kept;
  ca.Issue(names, key, [&kept](x509::CertificateRecipe& recipe) { kept = recipe; });
  return {key, {OrDie(x509::IssueCertificate(kept, key.get(), nullptr))}};
}

}  // namespace

const std::vector<Defect>& AllDefects() {
  static const auto* const all = [] {
    auto* defects = new std::vector<Defect>;
    for (const Known& known : Table()) defects->push_back(known.defect);
    return defects;
  }();
  return *all;
}

std::string NameOf(Defect defect) { return Find(defect).name; }

v1::Reason RefusalOfServer(Defect defect) { return Find(defect).server; }

v1::Reason RefusalOfClient(Defect defect) { return Find(defect).client; }

IssuedCertificate IssueWith(Defect defect, const TestCa& ca, const std::vector<std::string>& names,
                            const TestKey& key) {
  switch (defect) {
    case Defect::kOtherCa: {
      const absl::string_view name = absl::StripPrefix(ca.certificate().subject(), "CN=");
      return TestCa(std::string(name), ca.now()).Issue(names, key);
    }
    case Defect::kSelfSigned:
      return SelfSigned(ca, names, key);
    case Defect::kMissingIntermediate: {
      IssuedCertificate issued = ca.Intermediate("missing intermediate").Issue(names, key);
      issued.chain.resize(1);
      return issued;
    }
    case Defect::kWeakKey:
      return ca.Issue(names, OrDie(x509::PrivateKey::GenerateRsa(1024)));
    default:
      return ca.Issue(names, key, [&](x509::CertificateRecipe& recipe) {
        Damage(defect, names.empty() ? "" : names.front(), ca.now(), &recipe);
      });
  }
}

}  // namespace pinion::testing
