// How the peer is identified: by the host that was dialled, or by the names in a client's certificate.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/pki/issue.h"
#include "tests/handshake/sound_handshake.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;

// The sound handshake, but with these names in the leaf.
SoundHandshake Presenting(PeerRole role, const std::vector<std::string>& names) {
  SoundHandshake handshake(role);
  handshake.Present(TrustedIntermediate(), names);
  return handshake;
}

TEST(PeerNamesTest, AServerIsFoundByAnySpellingOfItsHost) {
  for (const char* const host : {"payments.test", "PAYMENTS.Test", "payments.test."}) {
    SoundHandshake handshake(PeerRole::kServer);
    handshake.host = host;
    EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED") << host;
  }
}

TEST(PeerNamesTest, AServerBehindAWildcardHostNeedsALeafForTheNameThatWasDialled) {
  SoundHandshake handshake = Presenting(PeerRole::kServer, {"*.payments.test", "spiffe://prod/payments"});
  handshake.peer().add_hosts("*.payments.test");
  handshake.host = "eu.payments.test";
  EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED");
  handshake.Present(TrustedIntermediate(), {"eu.payments.test", "spiffe://prod/payments"});
  EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED");
  handshake.Present(TrustedIntermediate(), {"us.payments.test", "spiffe://prod/payments"});
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "HOST_MISMATCH");
  handshake.host = "a.eu.payments.test";
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "HOST_NOT_PINNED");
}

TEST(PeerNamesTest, AnAddressNeedsALeafForTheAddress) {
  for (const char* const address : {"192.0.2.1", "2001:db8::1"}) {
    SoundHandshake handshake = Presenting(PeerRole::kServer, {address, "spiffe://prod/payments"});
    handshake.peer().add_hosts(address);
    handshake.host = address;
    EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED");
    // The same address written as a DNS name does not match.
    handshake.Present(TrustedIntermediate(), {"spiffe://prod/payments"}, [&](auto& recipe) { recipe.dns = {address}; });
    EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "HOST_MISMATCH");
  }
}

TEST(PeerNamesTest, AServersIdentityIsCheckedWhereThePinSetListsAny) {
  SoundHandshake handshake = Presenting(PeerRole::kServer, {"payments.test"});
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "IDENTITY_MISMATCH");
  handshake.peer().add_identities("Payments.Test");
  EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED");
  handshake.peer().clear_identities();
  EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED");
}

TEST(PeerNamesTest, AServersOtherNamesDoNotMatter) {
  EXPECT_EQ(Presenting(PeerRole::kServer, {"payments.test", "spiffe://prod/payments", "ledger.test", "192.0.2.1"})
                .Judge()
                .ToString(),
            "ACCEPTED");
}

TEST(PeerNamesTest, ARefusalForTheHostListsWhatThereIs) {
  SoundHandshake handshake(PeerRole::kServer);
  handshake.host = "other.test";
  EXPECT_EQ(handshake.Judge().ToString(),
            "HOST_NOT_PINNED: \"other.test\" is not a host of any peer in the pin set, version 7; expected one of "
            "\"payments.test\", \"ledger.test\", \"audit.test\"; dial a listed host, or add this one to the hosts of "
            "the peer it "
            "belongs to");
  const Verdict mismatch = Presenting(PeerRole::kServer, {"a.test", "spiffe://prod/payments"}).Judge();
  EXPECT_EQ(mismatch.expected, "a subjectAltName for it; it has DNS:a.test, URI:spiffe://prod/payments");
  EXPECT_EQ(mismatch.peer, "payments");
  EXPECT_EQ(Presenting(PeerRole::kServer, {"payments.test", "spiffe://prod/x"}).Judge().expected,
            "one of \"spiffe://prod/payments\"; it has DNS:payments.test, URI:spiffe://prod/x");
}

TEST(PeerNamesTest, AClientIsFoundByIdentityOrHost) {
  for (const std::vector<std::string>& names : std::vector<std::vector<std::string>>{
           {"spiffe://prod/payments"},
           {"payments.test"},
           {"Payments.Test"},
           {"spiffe://prod/payments", "payments.test", "unlisted.test", "192.0.2.1"},
       }) {
    const Verdict verdict = Presenting(PeerRole::kClient, names).Judge();
    EXPECT_EQ(verdict.ToString(), "ACCEPTED");
    EXPECT_EQ(verdict.peer, "payments");
  }
}

TEST(PeerNamesTest, ASpiffeIdThatBreaksTheRulesIsMalformedOnBothSides) {
  for (const PeerRole role : {PeerRole::kServer, PeerRole::kClient}) {
    for (const std::string uri : {"spiffe://prod/reader/../payments", "spiffe://prod/payments?x", "spiffe://prod",
                                  "SPIFFE://prod/payments", "spiffe://PROD/payments", "spiffe://prod:443/payments"}) {
      const Verdict verdict = Presenting(role, {"payments.test", uri}).Judge();
      EXPECT_EQ(v1::Reason_Name(verdict.reason), "MALFORMED_CERTIFICATE") << uri;
      EXPECT_THAT(verdict.problem, HasSubstr("is not a SPIFFE ID: ")) << uri;
    }
    for (const std::string beside : {"spiffe://prod/unlisted", "https://payments.test/"}) {
      const Verdict verdict = Presenting(role, {"payments.test", "spiffe://prod/payments", beside}).Judge();
      EXPECT_EQ(v1::Reason_Name(verdict.reason), "MALFORMED_CERTIFICATE") << beside;
      EXPECT_THAT(verdict.problem, HasSubstr("no other URI")) << beside;
    }
  }
}

TEST(PeerNamesTest, AClientsHostIsNotAsked) {
  SoundHandshake handshake(PeerRole::kClient);
  handshake.host = "other.test";
  EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED");
}

TEST(PeerNamesTest, AWildcardNamesTheClientThatHasItAsItsHost) {
  SoundHandshake handshake = Presenting(PeerRole::kClient, {"*.payments.test"});
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "IDENTITY_NOT_PINNED");
  handshake.peer().add_hosts("*.payments.test");
  EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED");
  EXPECT_EQ(handshake.Judge().peer, "payments");
}

TEST(PeerNamesTest, IfListedAcceptsUnlistedClientsWithoutPins) {
  SoundHandshake handshake = Presenting(PeerRole::kClient, {"spiffe://prod/unlisted"});
  handshake.unlisted_clients = v1::ACCEPT;
  const Verdict verdict = handshake.Judge();
  EXPECT_EQ(verdict.ToString(), "ACCEPTED");
  EXPECT_EQ(verdict.peer, "");
  EXPECT_FALSE(verdict.matched.has_value());
  EXPECT_EQ(verdict.holds_until, verdict.leaf->not_after());
}

TEST(PeerNamesTest, IfListedHoldsListedClientsToTheirPins) {
  SoundHandshake handshake(PeerRole::kClient);
  handshake.unlisted_clients = v1::ACCEPT;
  EXPECT_EQ(handshake.Judge().ToString(), "ACCEPTED");
  handshake.active_pin().set_spki(StrangePin('X'));
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "PIN_MISMATCH");
  EXPECT_EQ(handshake.Judge().problem, "the client holds a key that is not a pin of peer \"payments\"");
}

TEST(PeerNamesTest, IfListedStillRequiresANameATrustedPathAndNoRevokedPin) {
  SoundHandshake handshake = Presenting(PeerRole::kClient, {"192.0.2.1"});
  handshake.unlisted_clients = v1::ACCEPT;
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "IDENTITY_MISMATCH");
  handshake.Present(OtherRoot(), {"spiffe://prod/unlisted"});
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "CHAIN_UNTRUSTED");
  handshake.Present(TrustedIntermediate(), {"spiffe://prod/payments", "ledger.test"});
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "IDENTITY_MISMATCH");
  handshake.Present(TrustedIntermediate(), {"spiffe://prod/unlisted"});
  handshake.AddPin(v1::REVOKED).set_issuer_spki(IssuerPin(TrustedIntermediate()));
  EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "PIN_REVOKED");
}

TEST(PeerNamesTest, AnUnknownModeIsTakenAsRequired) {
  SoundHandshake handshake = Presenting(PeerRole::kClient, {"spiffe://prod/unlisted"});
  for (const auto mode : {v1::REFUSE, v1::UNLISTED_CLIENTS_UNSPECIFIED, static_cast<v1::UnlistedClients>(99)}) {
    handshake.unlisted_clients = mode;
    EXPECT_EQ(v1::Reason_Name(handshake.Judge().reason), "IDENTITY_NOT_PINNED");
  }
  EXPECT_THAT(handshake.Judge().expected, HasSubstr("it has URI:spiffe://prod/unlisted"));
}

}  // namespace
}  // namespace pinion
