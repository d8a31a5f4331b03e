// The roots for peers are reloaded by themselves: neither they nor the identity wait for each other.
#include "pinion/testing/matchers.h"
#include "tests/credentials/material_fixture.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::TestCa;

using PeerRootsReloadTest = MaterialTest;

TEST_F(PeerRootsReloadTest, AdoptsRootsByThemselvesAndJudgesByThem) {
  const auto material = Started();
  const auto before = material->Verifier();
  client_roots_->contents = {{TestCa("clients' CA").RootPem()}};
  material->Reload();
  EXPECT_EQ(material->Status().client_roots->generation, 2);
  EXPECT_FALSE(material->Status().server_roots.has_value());
  EXPECT_THAT(material->Status().identity.error, IsOk());
  EXPECT_NE(material->Verifier(), before);
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_EQ(sink_->reloads[0].source, "client_roots");
}

TEST_F(PeerRootsReloadTest, BadRootsKeepNothingElseOut) {
  const auto material = Started();
  client_roots_->contents = {{first_.CertificatePem()}};
  identity_->contents = Texts(second_);
  material->Reload();
  EXPECT_EQ(material->Status().identity.generation, 2);
  EXPECT_EQ(material->Status().client_roots->generation, 1);
  EXPECT_THAT(material->Status().client_roots->error,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("trust: client_roots_file (clients-ca.pem): a trust root must be a CA")));
}

}  // namespace
}  // namespace pinion
