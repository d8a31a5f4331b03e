// Roots and policies that are documents of the pin set are adopted with it, or not at all.
#include <gmock/gmock.h>

#include <filesystem>

#include "pinion/x509/encoding/digest.h"
#include "tests/workload/options_fixture.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPolicy[] = R"({"name": "first", "allow_rules": [{"name": "all"}]})";
constexpr char kNextPolicy[] = R"({"name": "second", "allow_rules": [{"name": "all"}]})";

std::string HexOf(const std::string& text) { return x509::ToHex(OrDie(x509::Sha256(text))); }

class DocumentsTest : public OptionsTest {
 protected:
  DocumentsTest() {
    std::filesystem::create_directory(Path("policies"));
    Write("roots.pem", lab_.ca().RootPem());
    Write("policies/orders.json", kPolicy);
    WritePins(1, lab_.ca().RootPem(), kPolicy);
  }

  // Version `version` of the pin file, which has these documents.
  void WritePins(int version, const std::string& roots, const std::string& policy) {
    Write("pins.json", WithDocuments(version, absl::StrCat(R"([{"file": "roots.pem", "sha256": ")", HexOf(roots),
                                                           R"("}, {"file": "policies/orders.json", "sha256": ")",
                                                           HexOf(policy), R"("}])")));
  }
  std::string WithDocuments(int version, const std::string& documents) {
    v1::PinSet pins = lab_.pin_set();
    pins.set_version(version);
    std::string text = PinFileText(pins);
    return text.insert(text.find('{') + 1, absl::StrCat(R"("documents": )", documents, ", "));
  }

  // kGood with both kinds of roots and the policy from the pin set.
  static std::string Config() {
    return absl::StrReplaceAll(
        kGood, {{R"("trust": {
    "server_roots_file": "servers-ca.pem",
    "client_roots_file": "clients-ca.pem"
  },)",
                 ""},
                {R"("file": "pins.json")", R"("file": "pins.json", "documents": {"server_roots": "roots.pem",)"
                                           R"( "client_roots": "roots.pem",)"
                                           R"( "authorization_policy": "policies/orders.json"})"},
                {R"("authorization": "ALLOW_EVERY_AUTHENTICATED_PEER",)", ""}});
  }
  std::shared_ptr<Workload> Started() const { return OrDie(Workload::Create(Options(Config()))); }
};

TEST_F(DocumentsTest, ArePartsOfTheWorkload) {
  const auto workload = Started();
  EXPECT_EQ(workload->Status().server_roots->provenance, "roots.pem of the pin set");
  EXPECT_EQ(workload->Status().client_roots->revision, "version 1");
  EXPECT_EQ(workload->Status().policy->provenance, "policies/orders.json of the pin set");
}

// Each alone changes nothing, so that no handshake and no call is judged by a mixture.
TEST_F(DocumentsTest, AreAdoptedTogetherWithTheirPinSet) {
  const auto workload = Started();
  const std::string two_roots = lab_.ca().RootPem() + TestCa("another CA").RootPem();
  Write("roots.pem", two_roots);
  workload->Reload();
  EXPECT_EQ(workload->Status().pin_set_version, 1);
  EXPECT_EQ(workload->Status().server_roots->generation, 1);
  EXPECT_THAT(WithoutFolder(workload->Status().pin_set.error),
              StartsWith("roots.pem: no content has the digest that version 1"));
  WritePins(2, two_roots, kNextPolicy);
  workload->Reload();
  EXPECT_EQ(workload->Status().pin_set_version, 1);
  EXPECT_EQ(workload->Status().server_roots->generation, 1);
  EXPECT_THAT(WithoutFolder(workload->Status().pin_set.error),
              StartsWith("policies/orders.json: no content has the digest that version 2"));
  Write("policies/orders.json", kNextPolicy);
  workload->Reload();
  EXPECT_THAT(workload->Status().pin_set.error, IsOk());
  EXPECT_EQ(workload->Status().pin_set_version, 2);
  EXPECT_EQ(workload->Status().server_roots->generation, 2);
  EXPECT_EQ(workload->Status().client_roots->revision, "version 2");
  EXPECT_EQ(workload->Status().policy->generation, 2);
}

// The digest is right, and the process could not use what it is of.
TEST_F(DocumentsTest, ThatAreInvalidAreNotAdoptedAndNeitherIsThePinSet) {
  const auto workload = Started();
  const std::string denies_all = R"({"name": "none", "allow_rules": []})";
  Write("policies/orders.json", denies_all);
  WritePins(2, lab_.ca().RootPem(), denies_all);
  workload->Reload();
  EXPECT_EQ(workload->Status().pin_set_version, 1);
  EXPECT_EQ(workload->Status().policy->generation, 1);
  EXPECT_THAT(WithoutFolder(workload->Status().pin_set.error), StartsWith("policies/orders.json:"));
  Write("roots.pem", kPolicy);
  WritePins(2, kPolicy, kPolicy);
  EXPECT_THAT(Error(Config()), StartsWith("roots.pem: "));
}

// A server that listed so many names would refuse every client; the pin set before stays, with its roots.
TEST_F(DocumentsTest, RootsWithMoreNamesThanAServerCanSendAreNotAdopted) {
  const auto workload = Started();
  std::string many = lab_.ca().RootPem();
  for (int i = 0; i < 900; ++i) absl::StrAppend(&many, TestCa(absl::StrCat(std::string(56, 'x'), " ", i)).RootPem());
  Write("roots.pem", many);
  WritePins(2, many, kPolicy);
  workload->Reload();
  EXPECT_EQ(workload->Status().pin_set_version, 1);
  EXPECT_THAT(WithoutFolder(workload->Status().pin_set.error), StartsWith("roots.pem: the names of its 901 CAs have "));
  EXPECT_THAT(Error(Config()), StartsWith("roots.pem: the names of its 901 CAs have "));
}

TEST_F(DocumentsTest, AreNeededToStart) {
  Write("pins.json",
        WithDocuments(1, absl::StrCat(R"([{"file": "roots.pem", "sha256": ")", HexOf(lab_.ca().RootPem()), R"("}])")));
  EXPECT_THAT(Error(Config()), StartsWith("policies/orders.json: the configuration uses this document, and version 1"));
  std::filesystem::remove(Path("policies/orders.json"));
  EXPECT_THAT(Error(Config()), HasSubstr("cannot read policies/orders.json"));
}

TEST_F(DocumentsTest, ReplaceTheFilesOfTheConfiguration) {
  const std::string config = Config();
  const auto with = [&config](const std::string& old_text, const std::string& new_text) {
    return absl::StrReplaceAll(config, {{old_text, new_text}});
  };
  EXPECT_THAT(Error(with(R"("pin_set": {)", R"("trust": {"server_roots_file": "servers-ca.pem"}, "pin_set": {)")),
              HasSubstr("pin_set.documents.server_roots: contradicts trust.server_roots_file"));
  EXPECT_THAT(Error(with(R"("pin_set": {)", R"("trust": {"client_roots_file": "servers-ca.pem"}, "pin_set": {)")),
              HasSubstr("pin_set.documents.client_roots: contradicts trust.client_roots_file"));
  EXPECT_THAT(Error(with(R"("server": {)", R"("server": {"authorization_policy_file": "p.json",)")),
              HasSubstr("pin_set.documents.authorization_policy: contradicts"));
  EXPECT_THAT(Error(with(R"("policies/orders.json")", R"("../orders.json")")),
              HasSubstr("pin_set.documents.authorization_policy: is not the name of a document"));
  EXPECT_THAT(Error(with(R"("server_roots": "roots.pem",)", R"("shadow_policy": "../orders.json",)")),
              HasSubstr("pin_set.documents.shadow_policy: is not the name of a document"));
  EXPECT_THAT(Error(config.substr(0, config.find(",\n  \"server\"")) + "\n}"),
              HasSubstr("pin_set.documents.client_roots: is set for a process that does not serve"));
}

TEST_F(DocumentsTest, InCodeAreCheckedLikewise) {
  WorkloadOptions options = lab_.OptionsForClient(lab_.client());
  options.server_roots = DataSource::Document("roots.pem");
  EXPECT_THAT(std::string(Workload::Create(options).status().message()),
              HasSubstr("document \"roots.pem\" cannot be found, since pin_set is a text"));
  options.pin_set = DataSource::File(Path("pins.json"));
  EXPECT_THAT(Workload::Create(options).status(), IsOk());
  options.server_roots = DataSource::Document("../roots.pem");
  EXPECT_THAT(std::string(Workload::Create(options).status().message()), HasSubstr("is not the name of a document"));
  options.server_roots = DataSource::Document("roots.pem");
  options.certificate = DataSource::Document("roots.pem");
  EXPECT_THAT(std::string(Workload::Create(options).status().message()), HasSubstr("only roots and policies can"));
}

}  // namespace
}  // namespace pinion::testing
