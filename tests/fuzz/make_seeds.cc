// Writes certificates and PEM bundles for the targets to begin with: make_seeds FILE..., each by the name of the file.
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"

namespace pinion {
namespace {

using testing::OrDie;
using testing::TestCa;

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
  return {
      {"root.der", root.certificate().der()},
      {"intermediate.der", intermediate.certificate().der()},
      {"leaf.der", leaf.chain.front()},
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
