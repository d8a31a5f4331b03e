// A leaf that is presented again: its path is not built again, but everything else is checked again.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/pki/issue.h"
#include "tests/handshake/sound_handshake.h"

namespace pinion {
namespace {

using testing::OrDie;

constexpr PeerRole kBoth[] = {PeerRole::kServer, PeerRole::kClient};

PeerVerifier VerifierOf(const SoundHandshake& handshake) {
  return PeerVerifier(OrDie(x509::TrustRoots::FromPem(handshake.roots_pem)), OrDie(PinSet::FromProto(handshake.pins)),
                      handshake.unlisted_clients);
}

std::shared_ptr<const VerifiedPath> PathOf(const SoundHandshake& handshake) {
  std::shared_ptr<const VerifiedPath> path;
  EXPECT_TRUE(handshake.Judge(&path).accepted());
  return path;
}

std::optional<Verdict> Recall(const std::shared_ptr<const VerifiedPath>& path, const SoundHandshake& handshake) {
  return VerifierOf(handshake).VerifyKnown(path, handshake.role, handshake.host, handshake.now);
}

TEST(KnownPathTest, IsAcceptedWithTheVerdictOfTheFirstTime) {
  for (const PeerRole role : kBoth) {
    const SoundHandshake handshake(role);
    const Verdict first = handshake.Judge();
    const std::optional<Verdict> again = Recall(PathOf(handshake), handshake);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->ToString(), "ACCEPTED");
    EXPECT_EQ(again->peer, first.peer);
    EXPECT_EQ(again->holds_until, first.holds_until);
    EXPECT_EQ(again->leaf->der(), first.leaf->der());
    EXPECT_EQ(ToString(*again->matched), ToString(*first.matched));
  }
}

TEST(KnownPathTest, IsExcusedAndExplainedUnderReportOnly) {
  SoundHandshake handshake(PeerRole::kServer);
  const std::shared_ptr<const VerifiedPath> path = PathOf(handshake);
  handshake.active_pin().set_spki(StrangePin('X'));
  SetTime(handshake.peer().mutable_report_only_until(), handshake.now + absl::Seconds(1));
  EXPECT_EQ(Recall(path, handshake)->ToString(), handshake.Judge().ToString());
  EXPECT_EQ(Recall(path, handshake)->report_only_reason, v1::PIN_MISMATCH);
}

struct Change {
  std::string what;
  std::function<void(SoundHandshake&)> make;
  v1::Reason reason;  // of a full verification
};

// What may have changed since the first handshake, with the same leaf.
std::vector<Change> ChangesForBoth() {
  const auto revoke = [](SoundHandshake& handshake, const std::string& pin) {
    v1::Pin& revoked = handshake.AddPin(v1::REVOKED);
    revoked.set_spki(pin);
  };
  return {
      {"the roots", [](SoundHandshake& it) { it.roots_pem = OtherRoot().RootPem(); }, v1::CHAIN_UNTRUSTED},
      {"the time, to the leaf's end", [](SoundHandshake& it) { it.now = it.Leaf().not_after(); },
       v1::CERTIFICATE_EXPIRED},
      {"the time, to before the leaf's beginning",
       [](SoundHandshake& it) { it.now = it.Leaf().not_before() - absl::Seconds(1); }, v1::CERTIFICATE_NOT_YET_VALID},
      {"the key's pin", [](SoundHandshake& it) { it.active_pin().set_spki(StrangePin('X')); }, v1::PIN_MISMATCH},
      {"the pin's end", [](SoundHandshake& it) { SetTime(it.active_pin().mutable_not_after(), it.now); },
       v1::PIN_EXPIRED},
      {"the intermediate, revoked", [revoke](SoundHandshake& it) { revoke(it, IssuerPin(TrustedIntermediate())); },
       v1::PIN_REVOKED},
      {"the root, revoked", [revoke](SoundHandshake& it) { revoke(it, IssuerPin(TrustedRoot())); }, v1::PIN_REVOKED},
  };
}

std::vector<Change> ChangesForServers() {
  return {
      {"the host, to one that is not pinned", [](SoundHandshake& it) { it.host = "other.test"; }, v1::HOST_NOT_PINNED},
      {"the host, to one that it is not for", [](SoundHandshake& it) { it.host = "ledger.test"; }, v1::HOST_MISMATCH},
      {"the identity", [](SoundHandshake& it) { it.peer().set_identities(0, "spiffe://prod/new"); },
       v1::IDENTITY_MISMATCH},
  };
}

TEST(KnownPathTest, NeverAcceptsWhatAFullVerificationRefuses) {
  for (const PeerRole role : kBoth) {
    std::vector<Change> changes = ChangesForBoth();
    if (role == PeerRole::kServer) {
      for (const Change& change : ChangesForServers()) changes.push_back(change);
    } else {
      changes.push_back({"the identities",
                         [](SoundHandshake& it) {
                           it.peer().set_identities(0, "spiffe://prod/new");
                           it.peer().set_hosts(0, "new.test");
                         },
                         v1::IDENTITY_NOT_PINNED});
    }
    for (const Change& change : changes) {
      SCOPED_TRACE(change.what);
      SoundHandshake handshake(role);
      const std::shared_ptr<const VerifiedPath> path = PathOf(handshake);
      change.make(handshake);
      EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), v1::Reason_Name(change.reason));
      EXPECT_FALSE(Recall(path, handshake).has_value());
    }
  }
}

TEST(KnownPathTest, IsForOneRole) {
  SoundHandshake handshake(PeerRole::kServer);
  const std::shared_ptr<const VerifiedPath> path = PathOf(handshake);
  handshake.role = PeerRole::kClient;
  EXPECT_TRUE(handshake.Judge().accepted());  // the leaf is good for both roles, but only one was checked
  EXPECT_FALSE(Recall(path, handshake).has_value());
}

TEST(KnownPathTest, HoldsFromTheLatestBeginningToTheEarliestEnd) {
  SoundHandshake handshake(PeerRole::kServer);
  const testing::TestCa brief = TrustedRoot().Intermediate("Brief", [](auto& recipe) {
    recipe.not_before = HandshakeTime() - absl::Seconds(5);
    recipe.not_after = HandshakeTime() + absl::Seconds(5);
  });
  handshake.Present(brief, {"payments.test", "spiffe://prod/payments"});
  const std::shared_ptr<const VerifiedPath> path = PathOf(handshake);
  for (int second = -7; second <= 7; ++second) {
    handshake.now = HandshakeTime() + absl::Seconds(second);
    EXPECT_EQ(Recall(path, handshake).has_value(), handshake.Judge().accepted()) << second;
  }
}

TEST(KnownPathTest, OutlivesRootsThatAreReadAgain) {
  SoundHandshake handshake(PeerRole::kServer);
  const std::shared_ptr<const VerifiedPath> path = PathOf(handshake);
  EXPECT_TRUE(Recall(path, handshake).has_value());  // by another object for the same roots
  handshake.roots_pem += OtherRoot().RootPem();
  EXPECT_FALSE(Recall(path, handshake).has_value());
}

}  // namespace
}  // namespace pinion
