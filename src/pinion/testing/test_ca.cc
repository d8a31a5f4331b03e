#include "pinion/testing/test_ca.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/library.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion::testing {
namespace {

x509::CertificateRecipe CaRecipe(const std::string& name, absl::Time now, const TestCa::Edit& edit) {
  x509::CertificateRecipe recipe = x509::CaRecipe(name, now);
  if (edit) edit(recipe);
  return recipe;
}

std::shared_ptr<const x509::Issuer> MakeCa(const x509::CertificateRecipe& recipe, const x509::Issuer* issuer) {
  x509::SkipCleanupAtExit();  // a test's first use of OpenSSL is often this one
  x509::PrivateKey key = OrDie(x509::PrivateKey::GenerateEc("P-256"));
  const std::string der = OrDie(x509::IssueCertificate(recipe, key, issuer));
  return std::make_shared<x509::Issuer>(x509::Issuer{OrDie(x509::Certificate::FromDer(der)), std::move(key)});
}

void Replace(const std::filesystem::path& path, const std::string& contents, std::filesystem::perms permissions) {
  const std::filesystem::path next = path.string() + ".next";
  std::ofstream file(next);
  std::filesystem::permissions(next, permissions);  // before anything is written to it
  file << contents;
  file.close();
  std::filesystem::rename(next, path);
}

constexpr auto kOwnerAlone = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
constexpr auto kReadByAll = kOwnerAlone | std::filesystem::perms::group_read | std::filesystem::perms::others_read;

}  // namespace

TestKey::TestKey(const x509::PrivateKey& key) : key_(std::make_shared<x509::PrivateKey>(key)) {}

std::string TestKey::ToPem() const { return key_->ToPem(); }

std::string IssuedCertificate::CertificatePem() const {
  std::string pem;
  for (const std::string& der : chain) absl::StrAppend(&pem, x509::EncodePem(der));
  return pem;
}

std::string IssuedCertificate::SpkiPin() const { return x509::ToPinText(key.get().spki_digest()); }

void IssuedCertificate::WriteFiles(const std::string& folder, const std::string& name) const {
  Replace(folder + "/" + name + ".pem", CertificatePem(), kReadByAll);
  Replace(folder + "/" + name + "-key.pem", PrivateKeyPem(), kOwnerAlone);
}

TestCa::TestCa(const std::string& name, absl::Time now, const Edit& edit)
    : issuer_(MakeCa(CaRecipe(name, now, edit), nullptr)), root_(issuer_->certificate.der()), now_(now) {}

TestCa TestCa::Intermediate(const std::string& name, const Edit& edit) const {
  std::shared_ptr<const x509::Issuer> made = MakeCa(CaRecipe(name, now_, edit), issuer_.get());
  std::vector<std::string> chain = {made->certificate.der()};
  chain.insert(chain.end(), chain_.begin(), chain_.end());
  return TestCa(std::move(made), std::move(chain), root_, now_);
}

IssuedCertificate TestCa::Issue(const std::vector<std::string>& names, const Edit& edit) const {
  return Issue(names, OrDie(x509::PrivateKey::GenerateEc("P-256")), edit);
}

IssuedCertificate TestCa::Issue(const std::vector<std::string>& names, const x509::PrivateKey& key,
                                const Edit& edit) const {
  return Issue(names, TestKey(key), edit);
}

IssuedCertificate TestCa::Issue(const std::vector<std::string>& names, const TestKey& key, const Edit& edit) const {
  x509::CertificateRecipe recipe = x509::LeafRecipe(names.empty() ? "no names" : "test leaf", names, now_);
  if (edit) edit(recipe);
  std::vector<std::string> chain = {OrDie(x509::IssueCertificate(recipe, key.get(), issuer_.get()))};
  chain.insert(chain.end(), chain_.begin(), chain_.end());
  return {key, std::move(chain)};
}

const x509::Certificate& TestCa::certificate() const { return issuer_->certificate; }

std::string TestCa::RootPem() const { return x509::EncodePem(root_); }

void TestCa::WriteRootFile(const std::string& folder) const { Replace(folder + "/ca.pem", RootPem(), kReadByAll); }

}  // namespace pinion::testing
