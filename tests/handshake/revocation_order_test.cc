// A revoked key is refused as revoked, whatever else is wrong with its handshake.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/pki/issue.h"
#include "tests/handshake/sound_handshake.h"

namespace pinion {
namespace {

using testing::OrDie;

const std::vector<PeerRole> kBoth = {PeerRole::kServer, PeerRole::kClient};
const std::vector<std::string> kNames = {"payments.test", "spiffe://prod/payments"};

// A failed check that comes before the pins.
struct Failure {
  const char* what;
  PeerRole role;
  std::function<void(SoundHandshake&)> make;
  v1::Reason alone;
};

std::vector<Failure> EarlierFailures() {
  std::vector<Failure> failures;
  for (const PeerRole role : kBoth) {
    failures.push_back({"the CA is not trusted any more", role,
                        [](SoundHandshake& it) { it.roots_pem = OtherRoot().RootPem(); }, v1::CHAIN_UNTRUSTED});
    failures.push_back({"the certificate has expired", role, [](SoundHandshake& it) { it.now = it.Leaf().not_after(); },
                        v1::CERTIFICATE_EXPIRED});
    failures.push_back({"the intermediate is missing", role, [](SoundHandshake& it) { it.presented.others.clear(); },
                        v1::CHAIN_UNTRUSTED});
    failures.push_back({"there are 33 issuers", role,
                        [](SoundHandshake& it) { it.presented.others.resize(33, it.presented.others[0]); },
                        v1::MALFORMED_CERTIFICATE});
    failures.push_back({"the purpose is wrong", role,
                        [](SoundHandshake& it) {
                          it.Present(TrustedIntermediate(), kNames,
                                     [](x509::CertificateRecipe& recipe) { recipe.is_ca = true; });
                        },
                        v1::WRONG_PURPOSE});
  }
  failures.push_back({"the host is taken off the peer", PeerRole::kServer,
                      [](SoundHandshake& it) { it.peer().set_hosts(0, "elsewhere.test"); }, v1::HOST_NOT_PINNED});
  failures.push_back({"the host is another", PeerRole::kServer, [](SoundHandshake& it) { it.host = "ledger.test"; },
                      v1::HOST_MISMATCH});
  failures.push_back({"the identity is renamed", PeerRole::kServer,
                      [](SoundHandshake& it) { it.peer().set_identities(0, "spiffe://prod/new"); },
                      v1::IDENTITY_MISMATCH});
  failures.push_back({"the identity is renamed", PeerRole::kClient,
                      [](SoundHandshake& it) {
                        it.peer().set_identities(0, "spiffe://prod/new");
                        it.peer().set_hosts(0, "new.test");
                      },
                      v1::IDENTITY_NOT_PINNED});
  return failures;
}

void RevokeLeaf(SoundHandshake& it) {
  it.AddPin(v1::REVOKED).set_spki(it.active_pin().spki());
  it.active_pin().set_spki(StrangePin('X'));
}

PeerVerifier VerifierOf(const SoundHandshake& it) {
  return PeerVerifier(OrDie(x509::TrustRoots::FromPem(it.roots_pem)), OrDie(PinSet::FromProto(it.pins)),
                      it.unlisted_clients);
}

TEST(RevocationOrderTest, NoEarlierFailureHidesARevokedKey) {
  for (const Failure& failure : EarlierFailures()) {
    SCOPED_TRACE(failure.what);
    SoundHandshake handshake(failure.role);
    failure.make(handshake);
    EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), v1::Reason_Name(failure.alone));
    RevokeLeaf(handshake);
    const Verdict verdict = handshake.Judge();
    EXPECT_EQ(v1::Reason_Name(verdict.reason), v1::Reason_Name(v1::PIN_REVOKED));
    EXPECT_FALSE(verdict.presented.empty());
  }
}

TEST(RevocationOrderTest, ARevokedIssuerOnAValidPathComesBeforeTheNames) {
  for (const Failure& failure : EarlierFailures()) {
    const bool is_of_names = failure.alone == v1::HOST_MISMATCH || failure.alone == v1::IDENTITY_MISMATCH ||
                             failure.alone == v1::IDENTITY_NOT_PINNED;
    if (!is_of_names) continue;
    SCOPED_TRACE(failure.what);
    SoundHandshake handshake(failure.role);
    failure.make(handshake);
    handshake.AddPin(v1::REVOKED).set_issuer_spki(IssuerPin(TrustedIntermediate()));
    EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), v1::Reason_Name(v1::PIN_REVOKED));
  }
}

TEST(RevocationOrderTest, ARevokedKeyIsFoundOnARememberedPathThatHoldsNoMore) {
  for (const Failure& failure : EarlierFailures()) {
    SCOPED_TRACE(failure.what);
    SoundHandshake handshake(failure.role);
    std::shared_ptr<const VerifiedPath> path;
    ASSERT_TRUE(handshake.Judge(&path).accepted());
    failure.make(handshake);
    const auto find = [&] {
      return VerifierOf(handshake).FindRevocation(*path, handshake.role, handshake.host, handshake.now);
    };
    EXPECT_FALSE(find().has_value());
    handshake.AddPin(v1::REVOKED).set_issuer_spki(IssuerPin(TrustedRoot()));
    const std::optional<Verdict> verdict = find();
    ASSERT_TRUE(verdict.has_value());
    EXPECT_EQ(v1::Reason_Name(verdict->reason), v1::Reason_Name(v1::PIN_REVOKED));
    EXPECT_FALSE(verdict->accepted());
  }
}

}  // namespace
}  // namespace pinion
