// The roots for peers are reloaded separately: neither they nor the identity wait for each other.
#include "pinion/testing/matchers.h"
#include "tests/workload/trust_state_fixture.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::TestCa;

using PeerRootsReloadTest = TrustStateTest;

TEST_F(PeerRootsReloadTest, AdoptsRootsByThemselvesAndJudgesByThem) {
  const auto trust_state = Started();
  const auto before = trust_state->snapshot()->client_verifier;
  client_roots_->contents = {{TestCa("clients' CA").RootPem()}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().client_roots->generation, 2);
  EXPECT_FALSE(trust_state->Status().server_roots.has_value());
  EXPECT_THAT(trust_state->Status().identity.error, IsOk());
  EXPECT_NE(trust_state->snapshot()->client_verifier, before);
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_EQ(sink_->reloads[0].source, "client_roots");
}

// A file that was cut between two certificates looks like one that takes a CA out.
TEST_F(PeerRootsReloadTest, NamesTheRootsThatAreNoLongerTrusted) {
  const TestCa other("Other CA");
  client_roots_->contents = {{ca_.RootPem() + other.RootPem()}};
  const auto trust_state = Started();
  client_roots_->contents = {{ca_.RootPem()}};
  trust_state->Reload();
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_THAT(sink_->reloads[0].warning, HasSubstr("no longer trusted: \"CN=Other CA\""));
  client_roots_->contents = {{ca_.RootPem() + other.RootPem()}};
  trust_state->Reload();
  ASSERT_THAT(sink_->reloads, SizeIs(2));
  EXPECT_EQ(sink_->reloads[1].warning, "");
}

TEST_F(PeerRootsReloadTest, BadRootsKeepNothingElseOut) {
  const auto trust_state = Started();
  client_roots_->contents = {{first_.CertificatePem()}};
  identity_->contents = Texts(second_);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().identity.generation, 2);
  EXPECT_EQ(trust_state->Status().client_roots->generation, 1);
  EXPECT_THAT(trust_state->Status().client_roots->error,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("trust: client_roots_file (clients-ca.pem): a trust root must be a CA")));
}

}  // namespace
}  // namespace pinion
