// A temporary in-memory PKI for tests: real keys and certificates, with any defect that a test needs.
#ifndef PINION_TESTING_TEST_CA_H_
#define PINION_TESTING_TEST_CA_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

// For Pinion's own tests.
namespace pinion::x509 {
class Certificate;
class PrivateKey;
struct CertificateRecipe;
struct Issuer;
}  // namespace pinion::x509

namespace pinion::testing {

// A private key. Immutable; copies are the same key.
class TestKey {
 public:
  explicit TestKey(const x509::PrivateKey& key);

  // PKCS #8.
  std::string ToPem() const;
  const x509::PrivateKey& get() const { return *key_; }

 private:
  std::shared_ptr<const x509::PrivateKey> key_;
};

// A certificate with its key and the intermediates that lead to its root.
struct IssuedCertificate {
  TestKey key;
  // DER: the leaf, then its issuers except for the root.
  std::vector<std::string> chain;

  std::string CertificatePem() const;
  std::string PrivateKeyPem() const { return key.ToPem(); }
  // The pin of the key: "sha256/…=".
  std::string SpkiPin() const;
  // Writes FOLDER/NAME.pem and FOLDER/NAME-key.pem, the latter readable only by the owner; replaces each file
  // atomically. Aborts the test on error.
  void WriteFiles(const std::string& folder, const std::string& name) const;
};

// A certification authority. Immutable after construction; copies are the same CA. Aborts the test if OpenSSL fails.
class TestCa {
 public:
  // Changes the contents of a certificate: ca.Issue({"a.test"}, [](auto& recipe) { recipe.server_auth = false; }).
  using Edit = std::function<void(x509::CertificateRecipe&)>;

  // A self-signed root with a P-256 key, valid from a day before `now` to ten years after.
  explicit TestCa(const std::string& name = "Test CA", absl::Time now = absl::Now(), const Edit& edit = nullptr);
  // A CA below this one.
  TestCa Intermediate(const std::string& name, const Edit& edit = nullptr) const;

  // Issues a leaf for `names`, valid for both sides of TLS, from an hour before `now` for 90 days, with a new P-256 key
  // or the given one. Each name is a DNS name, a URI or an IP address, according to its syntax.
  IssuedCertificate Issue(const std::vector<std::string>& names, const Edit& edit = nullptr) const;
  IssuedCertificate Issue(const std::vector<std::string>& names, const TestKey& key, const Edit& edit = nullptr) const;
  IssuedCertificate Issue(const std::vector<std::string>& names, const x509::PrivateKey& key,
                          const Edit& edit = nullptr) const;

  // The root's certificate, also for an intermediate CA.
  std::string RootPem() const;
  // Writes the root's certificate to FOLDER/ca.pem.
  void WriteRootFile(const std::string& folder) const;
  // This CA's own certificate.
  const x509::Certificate& certificate() const;
  // The signing certificate and key, for tests that make certificates themselves.
  const x509::Issuer& issuer() const { return *issuer_; }
  absl::Time now() const { return now_; }

 private:
  TestCa(std::shared_ptr<const x509::Issuer> issuer, std::vector<std::string> chain, std::string root, absl::Time now)
      : issuer_(std::move(issuer)), chain_(std::move(chain)), root_(std::move(root)), now_(now) {}

  std::shared_ptr<const x509::Issuer> issuer_;
  std::vector<std::string> chain_;  // this CA and those above it, except for the root; DER
  std::string root_;                // DER
  absl::Time now_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTING_TEST_CA_H_
