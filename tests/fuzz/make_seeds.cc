// Writes certificates and PEM bundles for the targets to begin with: make_seeds FILE..., each by the name of the file.
#include <openssl/x509v3.h>

#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "tests/x509/resigned.h"

namespace pinion {
namespace {

using testing::OrDie;
using testing::TestCa;

constexpr absl::string_view kEcdsaWithSha256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02";
constexpr absl::string_view kEcdsaWithSha384 = "\x2a\x86\x48\xce\x3d\x04\x03\x03";
constexpr absl::string_view kRsaExponent("\x02\x03\x01\x00\x01", 5);
constexpr absl::string_view kPaddedRsaExponent("\x02\x03\x00\x00\x01", 5);

// `der` with `replacement`, of the same size, in the place where `part` stands last.
std::string WithLast(std::string der, absl::string_view part, absl::string_view replacement) {
  return der.replace(der.rfind(part.data(), std::string::npos, part.size()), part.size(), replacement.data(),
                     replacement.size());
}

std::map<std::string, std::string> Seeds() {
  const TestCa root;
  const TestCa intermediate = root.Intermediate("Intermediate");
  const auto leaf =
      intermediate.Issue({"payments.test", "*.payments.test", "192.0.2.7", "2001:db8::1", "spiffe://prod/payments"});
  const auto nul = root.Issue({"a.test"}, [](auto& recipe) {
    recipe.raw_subject_alt_name = testing::RawDnsName(absl::string_view("a.test\0.b", 9));
  });
  const auto odd =
      root.Issue({"a.test"}, [](auto& recipe) { recipe.raw_subject_alt_name = testing::RawIpAddress("abcde"); });
  const auto other = root.Issue({"a.test"}, OrDie(x509::PrivateKey::GenerateEd25519()));
  const auto rsa = root.Issue({"r.test"}, OrDie(x509::PrivateKey::GenerateRsa(2048)));
  const auto one_name = root.Issue({"a.b.test"}, [](auto& recipe) { recipe.client_auth = false; });
  const std::string constrained =
      x509::Resigned(intermediate.certificate().der(), root.issuer().key, [](X509* certificate) {
        x509::SetExtension(certificate, NID_name_constraints,
                           "critical,permitted;DNS:test,excluded;IP:192.0.2.0/255.255.255.0");
      });
  const std::string twice = x509::Resigned(leaf.chain.front(), intermediate.issuer().key, [](X509* certificate) {
    X509_add_ext(certificate, X509_get_ext(certificate, 0), -1);
  });
  const auto padded_names = root.Issue(
      {"a.test"}, [](auto& recipe) { recipe.raw_subject_alt_name = testing::RawDnsName("a.test").insert(1, "\x81"); });
  return {
      {"root.der", root.certificate().der()},
      {"intermediate.der", intermediate.certificate().der()},
      {"leaf.der", leaf.chain.front()},
      {"name-constraints.der", constrained},
      {"extension-twice.der", twice},
      {"padded-names.der", padded_names.chain.front()},
      {"algorithms-differ.der", WithLast(leaf.chain.front(), kEcdsaWithSha256, kEcdsaWithSha384)},
      {"padded-rsa-key.der", WithLast(rsa.chain.front(), kRsaExponent, kPaddedRsaExponent)},
      {"nul-in-name.der", nul.chain.front()},
      {"odd-address.der", odd.chain.front()},
      {"ed25519.der", other.chain.front()},
      {"rsa.der", rsa.chain.front()},
      {"one-name.der", one_name.chain.front()},
      {"root.pem", root.RootPem()},
      {"chain.pem", absl::StrCat("The chain:\n", leaf.CertificatePem(), root.RootPem())},
      {"key-and-certificate.pem", absl::StrCat(other.PrivateKeyPem(), other.CertificatePem())},
      {"key.pem", leaf.PrivateKeyPem()},
      {"public-key.pem", leaf.key.PublicKeyToPem()},
      {"commented-out.pem", absl::StrCat("# ", absl::StrReplaceAll(root.RootPem(), {{"\n", "\n# "}}), "\r",
                                         absl::StrReplaceAll(root.RootPem(), {{"\n", " \r"}}))},
      {"cut-off.pem", root.RootPem().substr(0, 200)},
  };
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
