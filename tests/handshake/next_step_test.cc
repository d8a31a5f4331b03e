// The advice for a refused path addresses the side that can follow it.
#include "pinion/handshake/next_step.h"

#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/issue.h"

namespace pinion {
namespace {

using ::pinion::testing::IssuedCertificate;
using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using x509::PathCause;
using x509::PathPlace;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());
constexpr absl::Duration kDay = absl::Hours(24);

std::string AdviceOn(const IssuedCertificate& peer, const TestCa& root) {
  v1::PinSet pins;
  pins.set_version(1);
  v1::Peer* const listed = pins.add_peers();
  listed->set_name("payments");
  listed->add_hosts("a.test");
  listed->add_pins()->set_spki(peer.SpkiPin());
  listed->mutable_pins(0)->set_state(v1::ACTIVE);
  listed->add_pins()->set_spki(x509::ToPinText(OrDie(x509::PrivateKey::GenerateEd25519()).spki_digest()));
  listed->mutable_pins(1)->set_state(v1::BACKUP);
  const PeerVerifier verifier(OrDie(x509::TrustRoots::FromPem(root.RootPem())), OrDie(PinSet::FromProto(pins)),
                              v1::REFUSE);
  const PresentedChain presented{peer.chain.front(), {peer.chain.begin() + 1, peer.chain.end()}};
  const Verdict verdict = verifier.Verify(presented, PeerRole::kServer, "a.test", kNow);
  EXPECT_FALSE(verdict.accepted());
  return verdict.next_step;
}

void Expire(x509::CertificateRecipe& recipe) {
  recipe.not_before = kNow - 10 * kDay;
  recipe.not_after = kNow - kDay;
}

TEST(NextStepTest, AnExpiredCertificateIsRenewedByItsOwner) {
  const TestCa root("Root", kNow);
  const TestCa expired_ca = root.Intermediate("CA", Expire);
  EXPECT_THAT(AdviceOn(root.Issue({"a.test"}, Expire), root), StartsWith("the peer must renew its certificate"));
  EXPECT_THAT(AdviceOn(expired_ca.Issue({"a.test"}), root), HasSubstr("of that issuing CA"));
  const TestCa expired_root("Root", kNow, Expire);
  EXPECT_THAT(AdviceOn(expired_root.Issue({"a.test"}), expired_root),
              AllOf(HasSubstr("is ours, not the peer's"), HasSubstr("roots_file")));
}

TEST(NextStepTest, IntermediatesAreAskedForWhereOneIsMissingAndNowhereElse) {
  const TestCa root("Root", kNow);
  const TestCa below = root.Intermediate("CA");
  IssuedCertificate peer = below.Issue({"a.test"});
  peer.chain.resize(1);
  EXPECT_THAT(AdviceOn(peer, root), HasSubstr("sends its intermediates"));
  peer.chain.front().back() ^= 1;  // in the signature
  peer.chain.push_back(below.certificate().der());
  EXPECT_THAT(AdviceOn(peer, root), HasSubstr("altered"));
  const TestCa stranger("Stranger", kNow);
  IssuedCertificate foreign = stranger.Issue({"a.test"});
  foreign.chain.push_back(stranger.certificate().der());
  EXPECT_THAT(AdviceOn(foreign, root), HasSubstr("the peer's CA is not trusted here"));
}

TEST(NextStepTest, EachCauseHasAdviceForEachPlace) {
  for (int cause = 0; cause <= static_cast<int>(PathCause::kOurSide); ++cause) {
    for (const PathPlace place : {PathPlace::kLeaf, PathPlace::kIntermediate, PathPlace::kRoot}) {
      const std::string advice = NextStepForPath(static_cast<PathCause>(cause), place);
      EXPECT_NE(advice, "");
      const bool is_about_intermediates = absl::StrContains(advice, "sends its intermediates");
      EXPECT_EQ(is_about_intermediates, static_cast<PathCause>(cause) == PathCause::kNoIssuer);
    }
  }
}

TEST(NextStepTest, AFaultOfOurRootIsNeverThePeersToFix) {
  for (const PathCause cause : {PathCause::kExpired, PathCause::kMalformed, PathCause::kKey, PathCause::kSignature,
                                PathCause::kNotACa, PathCause::kWrongUsage}) {
    const std::string advice = NextStepForPath(cause, PathPlace::kRoot);
    EXPECT_THAT(advice, AllOf(HasSubstr("roots_file"), HasSubstr("not the peer's")));
    EXPECT_THAT(advice, Not(HasSubstr("the peer must")));
  }
}

}  // namespace
}  // namespace pinion
