// Revocations: their file, and what they do to a pin set.
#include "pinion/fleet/revocations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "pinion/pin/pin_set.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/test_ca.h"
#include "tests/pin/fleet_keys.h"

namespace pinion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::OrDie;
using testing::StatusIs;

std::string Pin(char letter) { return absl::StrCat("sha256/", std::string(42, letter), "A="); }

std::string Text(const std::string& letters, int version = 1) {
  std::string text = absl::StrCat(R"({"version": )", version, R"(, "revoked": [)");
  for (const char letter : letters) absl::StrAppend(&text, text.back() == '[' ? "" : ", ", "\"", Pin(letter), "\"");
  return text + "]}";
}

std::shared_ptr<const Revocations> Of(const std::string& letters) {
  return OrDie(Revocations::FromJson(Text(letters), "revocations.json"));
}

// payments: A ACTIVE, B BACKUP, C RETIRING; ledger: D ACTIVE, E BACKUP, the issuer F ACTIVE.
std::shared_ptr<const PinSet> Under(const std::string& letters) {
  const auto pin = [](const char* kind, char letter, const char* state) {
    return absl::StrCat(R"({")", kind, R"(": ")", Pin(letter), R"(", "state": ")", state, R"("})");
  };
  const std::string text =
      absl::StrCat(R"({"version": 1, "peers": [{"name": "payments", "hosts": ["payments.test"], "pins": [)",
                   pin("spki", 'A', "ACTIVE"), ", ", pin("spki", 'B', "BACKUP"), ", ", pin("spki", 'C', "RETIRING"),
                   R"(]}, {"name": "ledger", "hosts": ["ledger.test"], "pins": [)", pin("spki", 'D', "ACTIVE"), ", ",
                   pin("spki", 'E', "BACKUP"), ", ", pin("issuer_spki", 'F', "ACTIVE"), R"(]}]})");
  return OrDie(PinSet::FromJson(text, "pins.json", {nullptr, Of(letters), {}}));
}

// "payments: REVOKED BACKUP RETIRING".
std::vector<std::string> States(const PinSet& pin_set) {
  std::vector<std::string> states;
  for (const Peer& peer : pin_set.peers()) {
    states.push_back(
        absl::StrCat(peer.name, ": ", absl::StrJoin(peer.pins, " ", [](std::string* out, const PeerPin& pin) {
                       absl::StrAppend(out, ToString(pin.state));
                     })));
  }
  return states;
}

TEST(RevocationsTest, AListedKeyIsRevoked) {
  const auto pin_set = Under("AD");
  EXPECT_THAT(States(*pin_set), ElementsAre("payments: REVOKED BACKUP RETIRING", "ledger: REVOKED BACKUP ACTIVE"));
  EXPECT_THAT(pin_set->spared(), IsEmpty());
  EXPECT_EQ(pin_set->content(), Under("")->content());
  EXPECT_FALSE(pin_set->IsSameAs(*Under("")));
  EXPECT_TRUE(pin_set->IsSameAs(*Under("AD")));
}

// Else a thief of the revoker's key could lock everybody out.
TEST(RevocationsTest, APeerKeepsAKeyToMoveTo) {
  const auto pin_set = Under("ABCD");
  EXPECT_THAT(States(*pin_set), ElementsAre("payments: REVOKED BACKUP REVOKED", "ledger: REVOKED BACKUP ACTIVE"));
  EXPECT_THAT(pin_set->spared(), ElementsAre("payments"));
  // A RETIRING pin is none to move to.
  EXPECT_THAT(States(*Under("AB")), ElementsAre("payments: REVOKED BACKUP RETIRING", "ledger: ACTIVE BACKUP ACTIVE"));
}

// A later entry must not make an earlier one ineffective.
TEST(RevocationsTest, TheFirstInTheListTakesEffect) {
  EXPECT_THAT(States(*Under("BA")), ElementsAre("payments: ACTIVE REVOKED RETIRING", "ledger: ACTIVE BACKUP ACTIVE"));
  for (const char* const letters : {"A", "AB", "ABC", "ABCDEG"}) {
    EXPECT_EQ(Under(letters)->peers()[0].pins[0].state, v1::REVOKED) << letters;
  }
}

TEST(RevocationsTest, APinThatEndsOrIsOfACertificateIsNoneToMoveTo) {
  for (const char* const last : {R"("spki": "$B", "state": "BACKUP", "not_after": "2030-01-01T00:00:00Z")",
                                 R"("spki": "$B", "state": "BACKUP", "not_before": "2020-01-01T00:00:00Z")",
                                 R"("certificate": "$B", "state": "BACKUP")"}) {
    const std::string text = absl::StrCat(
        R"({"version": 1, "peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [{"spki": "$A", "state": "ACTIVE"}, {)",
        last, "}]}]}");
    const auto pin_set = OrDie(PinSet::FromJson(absl::StrReplaceAll(text, {{"$A", Pin('A')}, {"$B", Pin('B')}}),
                                                "pins.json", {nullptr, Of("A"), {}}));
    EXPECT_THAT(States(*pin_set), ElementsAre("pay: ACTIVE BACKUP")) << last;
    EXPECT_THAT(pin_set->spared(), ElementsAre("pay"));
  }
}

// With the key of a CA, a revoker could refuse every peer that the CA issues for.
TEST(RevocationsTest, AnIssuersKeyAndUnlistedKeysAreLeftAlone) {
  const auto pin_set = Under("FG");
  EXPECT_THAT(States(*pin_set), ElementsAre("payments: ACTIVE BACKUP RETIRING", "ledger: ACTIVE BACKUP ACTIVE"));
  EXPECT_THAT(pin_set->spared(), IsEmpty());
}

// Also where a publisher has listed it as the key of a peer.
TEST(RevocationsTest, AListedKeyIsRefusedAsALeafAlone) {
  const testing::TestCa ca;
  const testing::IssuedCertificate leaf = ca.Issue({"pay.test"});
  const std::string pin = x509::ToPinText(ca.certificate().spki_digest());
  const auto revocations =
      OrDie(Revocations::FromJson(absl::StrCat(R"({"version": 1, "revoked": [")", pin, "\"]}"), "revocations.json"));
  const auto pin_set = OrDie(PinSet::FromJson(
      absl::StrCat(R"({"version": 1, "peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [{"spki": ")", pin,
                   R"(", "state": "ACTIVE"}, {"spki": ")", leaf.SpkiPin(), R"(", "state": "BACKUP"}]}]})"),
      "pins.json", {nullptr, revocations, {}}));
  const x509::Certificate end = OrDie(x509::Certificate::FromDer(leaf.chain.front()));
  EXPECT_EQ(pin_set->FindRevoked({end, ca.certificate()}), nullptr);
  EXPECT_NE(pin_set->FindRevoked({ca.certificate()}), nullptr);
}

TEST(RevocationsTest, ARevokerAddsNoPinAndAcceptsNone) {
  const auto before = Under("");
  for (const char* const letters : {"A", "AB", "ABC", "DE", "F", "G", "ABCDEFG"}) {
    const auto after = Under(letters);
    ASSERT_EQ(after->peers().size(), before->peers().size());
    for (size_t i = 0; i < before->peers().size(); ++i) {
      const Peer& was = before->peers()[i];
      const Peer& is = after->peers()[i];
      ASSERT_EQ(is.pins.size(), was.pins.size());
      bool accepts_one = false;
      for (size_t j = 0; j < was.pins.size(); ++j) {
        EXPECT_EQ(is.pins[j].pin, was.pins[j].pin);
        EXPECT_TRUE(is.pins[j].state == v1::PinState(was.pins[j].state) || is.pins[j].state == v1::REVOKED);
        accepts_one = accepts_one || is.pins[j].state != v1::REVOKED;
      }
      EXPECT_TRUE(accepts_one) << letters;
    }
  }
}

TEST(RevocationsTest, WhatIsWrongInTheFileIsReportedWithItsPlace) {
  const auto error = [](const std::string& text) {
    return std::string(Revocations::FromJson(text, "revocations.json").status().message());
  };
  EXPECT_THAT(error(Text("A", 0)), HasSubstr("revocations.json:1:13: version: must be from 1 to 2^53"));
  EXPECT_THAT(error(Text("AA")), HasSubstr("revoked[1]: is listed twice"));
  EXPECT_THAT(error(R"({"version": 1, "revoked": ["sha256/AAAA"]})"), HasSubstr("revoked[0]: "));
  EXPECT_THAT(error(R"({"version": 1, "peers": []})"), HasSubstr("peers"));
  EXPECT_THAT(error("{"), HasSubstr("revocations.json:1:2"));
  std::string many = R"({"version": 1, "revoked": [")" + Pin('A') + "\"";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&many, ", \"", Pin('A'), "\"");
  EXPECT_THAT(error(many + "]}"), HasSubstr("revoked: lists more than 1,000 keys"));
  EXPECT_EQ(OrDie(Revocations::FromJson("// none\n{\"version\": 1}", "revocations.json"))->keys().size(), 0);
}

TEST(RevocationsTest, OnlyTheRevokersSignThem) {
  const auto key = [] { return OrDie(x509::PrivateKey::GenerateEd25519()); };
  TrustFile file;
  file.root = {key()};
  file.publisher = {key()};
  const std::string text = Text("A");
  const auto without = OrDie(FleetTrust::FromJson(file.Text(), "trust.json"));
  EXPECT_THAT(without->CheckRevocations(text, SignedBy(file.publisher, without->SignedBytesOfRevocations(text))),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("no revoker role")));
  file.revoker = {key()};
  const auto trust = OrDie(FleetTrust::FromJson(file.Text(), "trust.json"));
  const std::string bytes = trust->SignedBytesOfRevocations(text);
  EXPECT_THAT(trust->CheckRevocations(text, SignedBy(file.revoker, bytes)), IsOk());
  for (const Keys& others : {file.root, file.publisher, Keys{key()}}) {
    EXPECT_FALSE(trust->CheckRevocations(text, SignedBy(others, bytes)).ok());
  }
  // A revoker signs no pin set, and no signature is of both.
  const std::string pins = R"({"version": 1})";
  EXPECT_FALSE(trust->CheckPinSet(pins, SignedBy(file.revoker, trust->SignedBytesOf(pins))).ok());
  EXPECT_FALSE(trust->CheckRevocations(text, SignedBy(file.revoker, trust->SignedBytesOf(text))).ok());
  file.revoker = {file.publisher.front()};
  EXPECT_THAT(FleetTrust::FromJson(file.Text(), "trust.json").status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is a key of the publisher role too")));
}

}  // namespace
}  // namespace pinion
