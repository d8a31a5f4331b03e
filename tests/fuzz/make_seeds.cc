// Writes the targets' initial certificates and PEM bundles: make_seeds FILE..., each by the name of the file.
#include <openssl/x509v3.h>

#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"
#include "tests/x509/resigned.h"

namespace pinion {
namespace {

using testing::OrDie;
using testing::TestCa;

constexpr absl::string_view kEcdsaWithSha256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02";
constexpr absl::string_view kEcdsaWithSha384 = "\x2a\x86\x48\xce\x3d\x04\x03\x03";
constexpr absl::string_view kRsaExponent("\x02\x03\x01\x00\x01", 5);
constexpr absl::string_view kPaddedRsaExponent("\x02\x03\x00\x00\x01", 5);

// `der` with `replacement`, of the same size, instead of the last `part`.
std::string WithLast(std::string der, absl::string_view part, absl::string_view replacement) {
  return der.replace(der.rfind(part.data(), std::string::npos, part.size()), part.size(), replacement.data(),
                     replacement.size());
}

using SeedFiles = std::map<std::string, std::string>;

// Certificates that belong together.
struct Chain {
  const TestCa root;
  const TestCa intermediate = root.Intermediate("Intermediate");
  const testing::IssuedCertificate leaf =
      intermediate.Issue({"payments.test", "*.payments.test", "192.0.2.7", "2001:db8::1", "spiffe://prod/payments"});
  const testing::IssuedCertificate ed25519 = root.Issue({"a.test"}, OrDie(x509::PrivateKey::GenerateEd25519()));
};

// Certificates with a defect.
SeedFiles FaultySeeds(const Chain& chain) {
  const auto with_names = [&chain](const std::string& names) {
    return chain.root.Issue({"a.test"}, [&names](auto& recipe) { recipe.raw_subject_alt_name = names; }).chain.front();
  };
  const std::string leaf = chain.leaf.chain.front();
  const auto rsa = chain.root.Issue({"r.test"}, OrDie(x509::PrivateKey::GenerateRsa(2048)));
  const std::string twice = x509::Resigned(leaf, chain.intermediate.issuer().key, [](X509* certificate) {
    X509_add_ext(certificate, X509_get_ext(certificate, 0), -1);
  });
  return {
      {"extension-twice.der", twice},
      {"padded-names.der", with_names(x509::RawDnsName("a.test").insert(1, "\x81"))},
      {"algorithms-differ.der", WithLast(leaf, kEcdsaWithSha256, kEcdsaWithSha384)},
      {"padded-rsa-key.der", WithLast(rsa.chain.front(), kRsaExponent, kPaddedRsaExponent)},
      {"nul-in-name.der", with_names(x509::RawDnsName(absl::string_view("a.test\0.b", 9)))},
      {"odd-address.der", with_names(x509::RawIpAddress("abcde"))},
      {"rsa.der", rsa.chain.front()},
  };
}

SeedFiles DerSeeds(const Chain& chain) {
  const auto one_name = chain.root.Issue({"a.b.test"}, [](auto& recipe) { recipe.client_auth = false; });
  const std::string constrained =
      x509::Resigned(chain.intermediate.certificate().der(), chain.root.issuer().key, [](X509* certificate) {
        x509::SetExtension(certificate, NID_name_constraints,
                           "critical,permitted;DNS:test,excluded;IP:192.0.2.0/255.255.255.0");
      });
  return {
      {"root.der", chain.root.certificate().der()}, {"intermediate.der", chain.intermediate.certificate().der()},
      {"leaf.der", chain.leaf.chain.front()},       {"name-constraints.der", constrained},
      {"ed25519.der", chain.ed25519.chain.front()}, {"one-name.der", one_name.chain.front()},
  };
}

SeedFiles PemSeeds(const Chain& chain) {
  const std::string root = chain.root.RootPem();
  return {
      {"root.pem", root},
      {"chain.pem", absl::StrCat("The chain:\n", chain.leaf.CertificatePem(), root)},
      {"key-and-certificate.pem", absl::StrCat(chain.ed25519.PrivateKeyPem(), chain.ed25519.CertificatePem())},
      {"key.pem", chain.leaf.PrivateKeyPem()},
      {"public-key.pem", chain.leaf.key.get().PublicKeyToPem()},
      {"commented-out.pem", absl::StrCat("# ", absl::StrReplaceAll(root, {{"\n", "\n# "}}), "\r",
                                         absl::StrReplaceAll(root, {{"\n", " \r"}}))},
      {"cut-off.pem", root.substr(0, 200)},
  };
}

SeedFiles Seeds() {
  const Chain chain;
  SeedFiles seeds = DerSeeds(chain);
  seeds.merge(FaultySeeds(chain));
  seeds.merge(PemSeeds(chain));
  return seeds;
}

}  // namespace
}  // namespace pinion

int main(int argc, char** argv) {
  const std::map<std::string, std::string> seeds = pinion::Seeds();
  for (int i = 1; i < argc; ++i) {
    const std::string path = argv[i];
    std::ofstream(path, std::ios::binary) << seeds.at(path.substr(path.rfind('/') + 1));
  }
}
