// A pin set that judges each handshake and decides nothing.
#include "pinion/loading/loaders.h"
#include "pinion/testing/matchers.h"
#include "tests/workload/trust_state_fixture.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::OrDie;
using ::testing::SizeIs;

class ShadowPinSetTest : public TrustStateTest {
 protected:
  ShadowPinSetTest() {
    shadow_pin_set_ = std::make_shared<FakeSource>();
    shadow_pin_set_->contents = {{Pins(2, "ACTIVE", "RETIRING")}};
  }
};

TEST_F(ShadowPinSetTest, HasVerifiersOfItsOwnAndDoesNotTouchThoseInEffect) {
  const auto trust_state = Started();
  const auto before = trust_state->snapshot();
  ASSERT_NE(before->shadow_client_verifier, nullptr);
  EXPECT_EQ(before->shadow_client_verifier->pin_set()->version(), 2);
  EXPECT_EQ(before->client_verifier->pin_set()->version(), 1);
  EXPECT_EQ(before->shadow_server_verifier, nullptr);  // it does not call
  shadow_pin_set_->contents = {{Pins(3, "ACTIVE", "BACKUP")}};
  trust_state->Reload();
  const auto after = trust_state->snapshot();
  EXPECT_EQ(after->shadow_client_verifier->pin_set()->version(), 3);
  EXPECT_EQ(after->client_verifier, before->client_verifier);
  EXPECT_EQ(trust_state->Status().pin_set.generation, 1);
  EXPECT_EQ(trust_state->Status().shadow_pin_set->generation, 2);
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_EQ(sink_->reloads[0].source, "shadow_pin_set");
}

TEST_F(ShadowPinSetTest, FollowsTheRoots) {
  const auto trust_state = Started();
  const auto before = trust_state->snapshot()->shadow_client_verifier;
  client_roots_->contents = {{ca_.RootPem() + testing::TestCa().RootPem()}};
  trust_state->Reload();
  const auto after = trust_state->snapshot()->shadow_client_verifier;
  EXPECT_NE(after, before);
  EXPECT_THAT(after->roots().certificates(), SizeIs(2));
  // And the pins in effect: a new version of those makes no new verifier of the shadow's.
  pin_set_->contents = {{Pins(2, "ACTIVE", "BACKUP")}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->snapshot()->shadow_client_verifier, after);
}

// It would have kept a service from starting that had nothing to do with it.
TEST_F(ShadowPinSetTest, OneThatIsNoPinSetKeepsNothingFromStarting) {
  shadow_pin_set_->contents = {{"{"}};
  const auto trust_state = OrDie(Create());
  EXPECT_EQ(trust_state->snapshot()->shadow_client_verifier, nullptr);
  EXPECT_THAT(std::string(trust_state->Status().shadow_pin_set->error.message()), HasSubstr("next.json:1:"));
  EXPECT_EQ(trust_state->Status().pin_set.generation, 1);
  EXPECT_THAT(sink_->reloads,
              ::testing::Contains(::testing::AllOf(::testing::Field(&ReloadEvent::source, "shadow_pin_set"),
                                                   ::testing::Field(&ReloadEvent::error, HasSubstr("next.json:1:")))));
  shadow_pin_set_->contents = {{Pins(2, "ACTIVE", "RETIRING")}};
  trust_state->Reload();
  EXPECT_NE(trust_state->snapshot()->shadow_client_verifier, nullptr);
  EXPECT_EQ(trust_state->Status().shadow_pin_set->error, absl::OkStatus());
}

TEST_F(ShadowPinSetTest, MayBeOlderThanThePinSetInEffect) {
  pin_set_->contents = {{Pins(5, "ACTIVE", "BACKUP")}};
  const auto trust_state = Started();
  EXPECT_EQ(trust_state->snapshot()->shadow_client_verifier->pin_set()->version(), 2);
  EXPECT_EQ(trust_state->Status().pin_set_version, 5);
}

// It would be refused as the pin set.
TEST_F(ShadowPinSetTest, MayNotReportOnlyForYears) {
  shadow_pin_set_->contents = {{ReportingUntil(now_ + absl::Hours(24 * 365))}};
  const auto trust_state = Started();
  EXPECT_EQ(trust_state->snapshot()->shadow_pin_set, nullptr);
  EXPECT_THAT(std::string(trust_state->Status().shadow_pin_set->error.message()), HasSubstr("next.json: "));
}

// A stolen key that the revokers of the fleet have revoked would seem to be accepted by the next pin set.
TEST_F(ShadowPinSetTest, HasTheRevocationsOfTheFleet) {
  WorkloadOptions options;
  options.shadow_pin_set = DataSource::File("next.json");
  options.revocations = DataSource::File("revocations.json");
  options.clock = [this] { return now_; };
  const std::string revoked = absl::StrCat(R"({"version": 1, "revoked": [")", first_.SpkiPin(), R"("]})");
  const auto pin_set = OrDie(ShadowPinSetLoader(options)({Pins(2, "ACTIVE", "BACKUP"), revoked}, nullptr));
  EXPECT_NE(pin_set->FindRevoked({OrDie(x509::Certificate::FromDer(first_.chain[0]))}), nullptr);
  EXPECT_FALSE(ShadowPinSetLoader(options)({Pins(2, "ACTIVE", "BACKUP"), "{"}, nullptr).ok());
}

TEST_F(ShadowPinSetTest, RevokesNothing) {
  const auto trust_state = Started();
  shadow_pin_set_->contents = {{Pins(3, "REVOKED", "ACTIVE")}};
  trust_state->Reload();
  EXPECT_EQ(trust_state->snapshot()->shadow_pin_set->version(), 3);
  EXPECT_EQ(trust_state->Status().identity.error, absl::OkStatus());
  EXPECT_EQ(trust_state->Status().identity.generation, 1);
}

TEST_F(TrustStateTest, WithoutAShadowPinSetThereIsNoVerifierForIt) {
  const auto trust_state = Started();
  EXPECT_EQ(trust_state->snapshot()->shadow_client_verifier, nullptr);
  EXPECT_FALSE(trust_state->Status().shadow_pin_set.has_value());
}

}  // namespace
}  // namespace pinion
