// The part of a configuration that names a pin set in etcd.
#include <gmock/gmock.h>

#include "tests/workload/options_fixture.h"

namespace pinion::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::StartsWith;

constexpr char kEtcd[] = R"("etcd": {"endpoints": ["e1.test:2379", "e2.test:2379"], "key": "/pins",)"
                         R"( "pin_file": "etcd-pins.json", "server_roots_file": "etcd-ca.pem"})";

class EtcdOptionsTest : public OptionsTest {
 protected:
  // kGood with this pin set.
  static std::string WithPinSet(const std::string& members) { return With(R"("file": "pins.json")", members); }
  static std::string WithEtcd(const std::string& old_text, const std::string& new_text) {
    return WithPinSet(
        absl::StrReplaceAll(absl::StrCat(kEtcd, R"(, "fleet_trust_file": "trust.json")"), {{old_text, new_text}}));
  }
};

TEST_F(EtcdOptionsTest, NameTheMembersAndTheirPins) {
  const WorkloadOptions options = Options(WithEtcd(R"("key": "/pins")", R"("key": "/pins", "instance_key": "/one")"));
  ASSERT_TRUE(options.etcd.has_value());
  EXPECT_THAT(options.etcd->endpoints, ElementsAre("e1.test:2379", "e2.test:2379"));
  EXPECT_EQ(options.etcd->key, "/pins");
  EXPECT_EQ(options.etcd->instance_key, "/one");
  EXPECT_THAT(options.etcd->pin_set.file(), EndsWith("/etcd-pins.json"));
  EXPECT_THAT(options.etcd->server_roots.file(), EndsWith("/etcd-ca.pem"));
  EXPECT_THAT(options.fleet_trust_signatures.file(), EndsWith("/trust.json.sig"));
  EXPECT_TRUE(options.pin_set.empty() && options.pin_set_signatures.empty() && options.etcd->certificate.empty());
}

// Otherwise whoever can write to etcd would decide who is accepted.
TEST_F(EtcdOptionsTest, AreSigned) {
  EXPECT_THAT(Error(WithPinSet(kEtcd)), StartsWith("config.json:11:14: pin_set: fleet_trust_file is missing; "));
}

TEST_F(EtcdOptionsTest, SayWhatIsMissingOrContradictsThem) {
  EXPECT_THAT(Error(WithEtcd(R"("endpoints": ["e1.test:2379", "e2.test:2379"], )", "")),
              StartsWith("config.json:11:23: pin_set.etcd: endpoints is missing; "));
  EXPECT_THAT(Error(WithEtcd(R"(, "e2.test:2379")", R"(, "")")),
              ::testing::HasSubstr("pin_set.etcd.endpoints: has an entry that names no member"));
  EXPECT_THAT(Error(WithEtcd(R"( "key": "/pins",)", "")), ::testing::HasSubstr("pin_set.etcd: key is missing; "));
  EXPECT_THAT(Error(WithEtcd(R"( "pin_file": "etcd-pins.json",)", "")),
              ::testing::HasSubstr("pin_set.etcd: pin_file is missing; "));
  EXPECT_THAT(Error(WithEtcd(R"(, "server_roots_file": "etcd-ca.pem")", "")),
              ::testing::HasSubstr("pin_set.etcd: server_roots_file is missing; "));
  EXPECT_THAT(Error(WithEtcd(R"("key")", R"("identity": {"certificate_file": "a.pem"}, "key")")),
              ::testing::HasSubstr("pin_set.etcd.identity: needs both"));
  EXPECT_THAT(Error(WithEtcd(R"("key")", R"("instance_key": "/pins", "key")")),
              ::testing::HasSubstr("pin_set.etcd.instance_key: must be a key of this process's own"));
  EXPECT_THAT(Error(WithEtcd(R"("etcd":)", R"("file": "pins.json", "etcd":)")),
              ::testing::HasSubstr("pin_set.etcd: contradicts file; remove one of them"));
  EXPECT_THAT(Error(WithEtcd(R"("etcd":)", R"("revocations_file": "r.json", "etcd":)")),
              ::testing::HasSubstr("pin_set.revocations_file: is not read beside etcd"));
}

TEST_F(EtcdOptionsTest, InCodeAreCheckedLikewise) {
  WorkloadOptions options = lab_.OptionsForClient(lab_.client());
  options.etcd = EtcdOptions{{"e1.test:2379"}, "/pins", {}, {}, options.server_roots, options.pin_set, ""};
  EXPECT_THAT(std::string(Workload::Create(options).status().message()),
              StartsWith("WorkloadOptions: etcd contradicts pin_set"));
  options.pin_set = DataSource();
  EXPECT_THAT(std::string(Workload::Create(options).status().message()),
              StartsWith("WorkloadOptions: etcd needs fleet_trust"));
  options.fleet_trust = options.fleet_trust_signatures = DataSource::Text("{}");
  options.etcd->endpoints.clear();
  EXPECT_THAT(std::string(Workload::Create(options).status().message()), ::testing::HasSubstr("etcd.endpoints"));
}

}  // namespace
}  // namespace pinion::testing
