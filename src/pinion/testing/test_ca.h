// A throw-away PKI for tests: real keys and certificates, in memory, with any defect that a test needs.
#ifndef PINION_TESTING_TEST_CA_H_
#define PINION_TESTING_TEST_CA_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion::testing {

// A certificate with its key and the intermediates that lead to its root.
struct IssuedCertificate {
  x509::PrivateKey key;
  // DER: the leaf, then its issuers but for the root.
  std::vector<std::string> chain;

  std::string CertificatePem() const;
  std::string PrivateKeyPem() const { return key.ToPem(); }
  // "sha256/…=" of the key.
  std::string SpkiPin() const;
  // Writes FOLDER/NAME.pem and FOLDER/NAME-key.pem, the latter for the owner alone; each replaces what was there in one
  // step. Aborts the test when it cannot.
  void WriteFiles(const std::string& folder, const std::string& name) const;
};

// A certification authority. Immutable after construction; copies are the same CA. Aborts the test when OpenSSL fails.
class TestCa {
 public:
  // Changes what a certificate will say: ca.Issue({"a.test"}, [](auto& recipe) { recipe.server_auth = false; }).
  using Edit = std::function<void(x509::CertificateRecipe&)>;

  // A self-signed root with a P-256 key, valid from a day before `now` to ten years after.
  explicit TestCa(const std::string& name = "Test CA", absl::Time now = absl::Now(), const Edit& edit = nullptr);
  // A CA below this one.
  TestCa Intermediate(const std::string& name, const Edit& edit = nullptr) const;

  // A leaf for `names` (DNS names, URIs and IP addresses are told apart by their look), good for both sides of TLS,
  // valid from an hour before `now` for 90 days, with a fresh P-256 key or the one given.
  IssuedCertificate Issue(const std::vector<std::string>& names, const Edit& edit = nullptr) const;
  IssuedCertificate Issue(const std::vector<std::string>& names, const x509::PrivateKey& key,
                          const Edit& edit = nullptr) const;

  // The root's certificate, whichever CA of the family is asked.
  std::string RootPem() const;
  // Writes it to FOLDER/ca.pem.
  void WriteRootFile(const std::string& folder) const;
  // This CA's own certificate.
  const x509::Certificate& certificate() const { return issuer_.certificate; }
  // What signs: for tests that make certificates of their own kind.
  const x509::Issuer& issuer() const { return issuer_; }
  absl::Time now() const { return now_; }

 private:
  TestCa(x509::Issuer issuer, std::vector<std::string> chain, std::string root, absl::Time now)
      : issuer_(std::move(issuer)), chain_(std::move(chain)), root_(std::move(root)), now_(now) {}

  x509::Issuer issuer_;
  std::vector<std::string> chain_;  // this CA and those above it, but for the root; DER
  std::string root_;                // DER
  absl::Time now_;
};

// For the names that no CA would sign.
using x509::RawDnsName;
using x509::RawIpAddress;

}  // namespace pinion::testing

#endif  // PINION_TESTING_TEST_CA_H_
