// The rules of pin_set.h: for each rule, the error that reports a violation, with its position.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "pinion/pin/pin_set.h"

namespace pinion {
namespace {

// A pin file that satisfies every rule. $A, $B, ... stand for pins.
constexpr absl::string_view kFile = R"({
  "version": 7, // 6 had no backup
  "peers": [
    {
      "name": "payments",
      "hosts": ["payments.test", "*.payments.test", "192.0.2.1"],
      "identities": ["spiffe://prod/payments", "payments.prod.test"],
      "pins": [
        {"spki": "$A", "state": "ACTIVE"},
        {"spki": "$B", "state": "BACKUP", "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"},
        {"certificate": "$C", "state": "RETIRING"},
        {"issuer_spki": "$D", "state": "REVOKED"}
      ],
      "report_only_until": "2026-06-01T00:00:00Z"
    },
    {
      "name": "ledger",
      "hosts": ["ledger.test"],
      "pins": [
        {"issuer_spki": "$E", "state": "ACTIVE"},
        {"spki": "$F", "state": "BACKUP"}
      ]
    }
  ]
}
)";

std::string WithPins(absl::string_view text) {
  std::string filled(text);
  for (const char letter : {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'}) {
    const std::string pin = absl::StrCat("sha256/", std::string(42, letter), "A=");
    filled = absl::StrReplaceAll(filled, {{std::string{'$', letter}, pin}});
  }
  return filled;
}

struct Edit {
  absl::string_view from;
  absl::string_view to;
  absl::string_view error;
};

// The error for the file after one edit.
std::string ErrorAfter(const Edit& edit) {
  const size_t at = kFile.find(edit.from);
  EXPECT_NE(at, absl::string_view::npos) << edit.from;
  std::string text(kFile);
  text.replace(at, edit.from.size(), std::string(edit.to));
  const auto set = PinSet::FromJson(WithPins(text), "pins.json");
  EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument) << edit.to;
  return std::string(set.status().message());
}

void ExpectErrors(const std::vector<Edit>& edits) {
  for (const Edit& edit : edits) EXPECT_EQ(ErrorAfter(edit), absl::StrCat("pins.json:", WithPins(edit.error)));
}

TEST(PinSetRulesTest, TheUneditedFileSatisfiesEveryRule) {
  const auto set = PinSet::FromJson(WithPins(kFile), "pins.json");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ((*set)->version(), 7);
}

TEST(PinSetRulesTest, ThereIsAVersion) {
  constexpr absl::string_view kError = "is missing or less than 1; number the file's changes from 1";
  ExpectErrors({
      {"\"version\": 7,", "", absl::StrCat("1:1: version: ", kError)},
      {"\"version\": 7,", "\"version\": 0,", absl::StrCat("2:14: version: ", kError)},
      {"\"version\": 7,", "\"version\": -7,", absl::StrCat("2:14: version: ", kError)},
  });
}

TEST(PinSetRulesTest, ThereIsAPeer) {
  constexpr char kError[] = "peers: has no peer, so every host would be refused; list at least one";
  EXPECT_EQ(PinSet::FromJson("{\"version\": 1}", "pins.json").status().message(),
            absl::StrCat("pins.json:1:1: ", kError));
  EXPECT_EQ(PinSet::FromJson("{\"version\": 1,\n\"peers\": []}", "pins.json").status().message(),
            absl::StrCat("pins.json:2:10: ", kError));
}

TEST(PinSetRulesTest, APeerHasANameOfItsOwn) {
  const std::string long_name(64, 'a');
  ExpectErrors({
      {"\"name\": \"payments\",", "",
       R"(4:5: peers[0].name: is not a peer's name: ""; use 1 to 63 letters, digits, '.', '_' or '-')"},
      {"\"ledger\"", "\"\"",
       R"(17:15: peers[1].name: is not a peer's name: ""; use 1 to 63 letters, digits, '.', '_' or '-')"},
      {"\"ledger\"", "\"the ledger\"",
       R"(17:15: peers[1].name: is not a peer's name: "the ledger"; use 1 to 63 letters, digits, '.', '_' or '-')"},
      {"\"ledger\"", "\"led\\u0000ger\"",
       R"(17:15: peers[1].name: is not a peer's name: "led\x00ger"; use 1 to 63 letters, digits, '.', '_' or '-')"},
      {"\"ledger\"", "\"payments\"",
       R"(17:15: peers[1].name: "payments" is the name of peers[0] already; merge the two or rename one)"},
  });
  EXPECT_EQ(ErrorAfter({"ledger", long_name, ""}),
            absl::StrCat("pins.json:17:15: peers[1].name: is not a peer's name: \"", long_name,
                         "\"; use 1 to 63 letters, digits, '.', '_' or '-'"));
}

TEST(PinSetRulesTest, APeerHasAHostOrAnIdentity) {
  ExpectErrors({{"\"hosts\": [\"ledger.test\"],", "\"hosts\": [],",
                 R"(16:5: peers[1]: peer "ledger" has neither hosts nor identities, so no connection is ever checked )"
                 R"(against it; add where it is dialled or what its certificates say)"}});
}

TEST(PinSetRulesTest, AHostIsAHost) {
  ExpectErrors({
      {"\"*.payments.test\"", "\"*.test\"",
       R"(6:34: peers[0].hosts[1]: not a host name: "*." must precede a name of at least two labels: "*.test")"},
      {"\"ledger.test\"", "\"ledger.test:443\"",
       "18:17: peers[1].hosts[0]: not a host name: only letters, digits, '-', '_' and '.' are allowed: "
       "\"ledger.test:443\""},
      {"\"192.0.2.1\"", "\"192.0.2.256\"",
       "6:53: peers[0].hosts[2]: not a host name: its last label is a number, and it is not an IPv4 address: "
       "\"192.0.2.256\""},
  });
}

TEST(PinSetRulesTest, AHostStandsOnceInWhateverSpelling) {
  ExpectErrors({
      {"\"ledger.test\"", "\"PAYMENTS.test.\"",
       R"(18:17: peers[1].hosts[0]: "payments.test" is already a host of peer "payments"; each host belongs to one peer, )"
       "once"},
      {"\"ledger.test\"", "\"*.Payments.test\"",
       R"(18:17: peers[1].hosts[0]: "*.payments.test" is already a host of peer "payments"; each host belongs to one )"
       "peer, once"},
      {"\"192.0.2.1\"", "\"Payments.test\"",
       R"(6:53: peers[0].hosts[2]: "payments.test" is already a host of this peer; each host belongs to one peer, once)"},
      {"\"ledger.test\"", "\"::1\", \"[0:0::1]\"",
       R"(18:24: peers[1].hosts[1]: "::1" is already a host of this peer; each host belongs to one peer, once)"},
  });
}

TEST(PinSetRulesTest, AnIdentityIsAUriOrADnsName) {
  ExpectErrors({
      {"\"payments.prod.test\"", "\"10.0.0.1\"", "7:48: peers[0].identities[1]: an IP address is not an identity"},
      {"\"payments.prod.test\"", "\"::1\"", "7:48: peers[0].identities[1]: not a URI: \"::1\""},
      {"\"payments.prod.test\"", "\"\"", "7:48: peers[0].identities[1]: not a host name: it is empty: \"\""},
      {"\"payments.prod.test\"", "\"*.prod.test\"",
       "7:48: peers[0].identities[1]: not a host name: only letters, digits, '-', '_' and '.' are allowed: "
       "\"*.prod.test\""},
      {"\"payments.prod.test\"", "\"spiffe://prod/pay ments\"",
       "7:48: peers[0].identities[1]: not a URI: \"spiffe://prod/pay ments\""},
      {"\"payments.prod.test\"", "\"spiffe://prod/\\u00fc\"",
       R"(7:48: peers[0].identities[1]: not a URI: "spiffe://prod/\xc3\xbc")"},
  });
}

TEST(PinSetRulesTest, AnIdentityStandsOnce) {
  ExpectErrors({
      {"\"payments.prod.test\"", "\"spiffe://prod/payments\"",
       R"(7:48: peers[0].identities[1]: "spiffe://prod/payments" is already an identity of this peer; each identity )"
       "belongs to one peer, once"},
      {"\"hosts\": [\"ledger.test\"],", "\"identities\": [\"PAYMENTS.prod.test\"],",
       R"(18:22: peers[1].identities[0]: "payments.prod.test" is already an identity of peer "payments"; each identity )"
       "belongs to one peer, once"},
  });
}

TEST(PinSetRulesTest, APeerHasAnActiveAndABackupPin) {
  constexpr absl::string_view kNoActive =
      R"(19:15: peers[1].pins: peer "ledger" has no ACTIVE pin; list the key that is served today)";
  constexpr absl::string_view kNoBackup =
      R"(19:15: peers[1].pins: peer "ledger" has no BACKUP pin, so losing its key would lock out every peer; make a )"
      R"(second key, keep it offline, and add {"spki": "sha256/...", "state": "BACKUP"})";
  constexpr absl::string_view kActive = R"({"issuer_spki": "$E", "state": "ACTIVE"},)";
  constexpr absl::string_view kBackup = R"("$F", "state": "BACKUP")";
  ExpectErrors({
      {kActive, "", kNoActive},
      {kActive, R"({"issuer_spki": "$E", "state": "RETIRING"},)", kNoActive},
      {kActive, R"({"issuer_spki": "$E", "state": "BACKUP"},)", kNoActive},
      {kBackup, R"("$F", "state": "ACTIVE")", kNoBackup},
      {kBackup, R"("$F", "state": "RETIRING")", kNoBackup},
      {kBackup, R"("$F", "state": "REVOKED")", kNoBackup},
  });
  EXPECT_EQ(
      PinSet::FromJson(R"({"version": 1, "peers": [{"name": "a", "hosts": ["a.test"]}]})", "p").status().message(),
      "p:1:26: peers[0].pins: peer \"a\" has no ACTIVE pin; list the key that is served today");
}

TEST(PinSetRulesTest, APinHasAKindAStateAndADigest) {
  constexpr absl::string_view kNoState = "is missing or unknown; it is one of ACTIVE, BACKUP, RETIRING, REVOKED";
  ExpectErrors({
      {R"({"spki": "$F", "state": "BACKUP"})", R"({"state": "BACKUP"})",
       "21:9: peers[1].pins[1]: has no pin; give one of spki, certificate, issuer_spki"},
      {R"({"spki": "$F", "state": "BACKUP"})", R"({"spki": "$F"})",
       absl::StrCat("21:9: peers[1].pins[1].state: ", kNoState)},
      {"\"$F\"", "\"$F=\"",
       "21:18: peers[1].pins[1].spki: not a pin: its base64 has 45 characters: \"$F=\"; a pin is \"sha256/\" and the "
       "44 "
       "base64 characters of a SHA-256 digest"},
      {"\"$C\"", "\"sha1/C\"",
       "11:25: peers[0].pins[2].certificate: not a pin: it does not begin with \"sha256/\": \"sha1/C\"; a pin is "
       "\"sha256/\" and the 44 base64 characters of a SHA-256 digest"},
      {"\"$E\"", "\"\"",
       "20:25: peers[1].pins[0].issuer_spki: not a pin: it does not begin with \"sha256/\": \"\"; a pin is \"sha256/\" "
       "and the 44 base64 characters of a SHA-256 digest"},
  });
}

TEST(PinSetRulesTest, APinStandsOnceInAPeerWhateverItsKindAndState) {
  constexpr absl::string_view kError = "$A is a pin of this peer already; a pin is listed once, in one state";
  ExpectErrors({
      {R"("$B", "state": "BACKUP")", R"("$A", "state": "BACKUP")", absl::StrCat("10:9: peers[0].pins[1]: ", kError)},
      {R"({"certificate": "$C")", R"({"spki": "$A")", absl::StrCat("11:9: peers[0].pins[2]: ", kError)},
      {R"({"certificate": "$C")", R"({"certificate": "$A")", absl::StrCat("11:9: peers[0].pins[2]: ", kError)},
      {R"({"issuer_spki": "$D")", R"({"issuer_spki": "$A")", absl::StrCat("12:9: peers[0].pins[3]: ", kError)},
  });
}

TEST(PinSetRulesTest, APinBelongsToOnePeer) {
  constexpr absl::string_view kError =
      " is a pin of peer \"payments\" already; two peers must not share a key, or one could impersonate the other";
  ExpectErrors({
      {"\"$F\"", "\"$A\"", absl::StrCat("21:9: peers[1].pins[1]: $A", kError)},
      {R"({"spki": "$F", "state": "BACKUP"})",
       R"({"spki": "$F", "state": "BACKUP"}, {"spki": "$B", "state": "REVOKED"})",
       absl::StrCat("21:93: peers[1].pins[2]: $B", kError)},
      {R"({"spki": "$F")", R"({"certificate": "$C")", absl::StrCat("21:9: peers[1].pins[1]: certificate $C", kError)},
  });
}

TEST(PinSetRulesTest, AnIssuerMayServeManyPeers) {
  const std::string text =
      WithPins(absl::StrReplaceAll(kFile, {{"\"certificate\": \"$C\"", "\"issuer_spki\": \"$E\""}}));
  EXPECT_TRUE(PinSet::FromJson(text, "pins.json").ok()) << PinSet::FromJson(text, "pins.json").status();
}

TEST(PinSetRulesTest, AnIssuerIsNotRevokedByOnePeerAndAcceptedForAnother) {
  constexpr absl::string_view kRule = ", and what one peer revokes is refused for all; replace it ";
  ExpectErrors({
      {R"({"issuer_spki": "$E")", R"({"issuer_spki": "$D")",
       absl::StrCat("20:9: peers[1].pins[0]: issuer_spki $D is REVOKED by peer \"payments\"", kRule, "here")},
      {R"({"certificate": "$C", "state": "RETIRING"},)",
       R"({"certificate": "$C", "state": "RETIRING"}, {"issuer_spki": "$E", "state": "REVOKED"},)",
       absl::StrCat("20:9: peers[1].pins[0]: issuer_spki $E is REVOKED by peer \"payments\"", kRule, "here")},
      {R"({"spki": "$F", "state": "BACKUP"})",
       R"({"spki": "$F", "state": "BACKUP"}]}, {"name": "third", "hosts": ["third.test"], "pins": [{"issuer_spki": "$E", "state": "REVOKED"})",
       absl::StrCat("21:147: peers[2].pins[0]: issuer_spki $E is accepted for peer \"ledger\"", kRule, "there first")},
      // A pin of the key itself is refused too, for that key may also be on the path.
      {R"({"issuer_spki": "$D")", R"({"spki": "$E")",
       absl::StrCat("20:9: peers[1].pins[0]: issuer_spki $E is REVOKED by peer \"payments\"", kRule, "here")},
      {R"({"spki": "$F", "state": "BACKUP"})",
       R"({"spki": "$F", "state": "BACKUP"}]}, {"name": "third", "hosts": ["third.test"], "pins": [{"spki": "$E", "state": "REVOKED"})",
       absl::StrCat("21:147: peers[2].pins[0]: $E is accepted for peer \"ledger\"", kRule, "there first")},
  });
}

TEST(PinSetRulesTest, APinIsValidForSomeTimeAtLeast) {
  constexpr absl::string_view kError = "is not after not_before, so the pin would never be accepted";
  ExpectErrors({
      {"\"not_after\": \"2027-01-01", "\"not_after\": \"2026-01-01",
       absl::StrCat("10:143: peers[0].pins[1].not_after: ", kError)},
      {"\"not_after\": \"2027-01-01", "\"not_after\": \"2025-01-01",
       absl::StrCat("10:143: peers[0].pins[1].not_after: ", kError)},
  });
}

TEST(PinSetRulesTest, ACertificateIsRevokedByItsKey) {
  ExpectErrors({{R"("$C", "state": "RETIRING")", R"("$C", "state": "REVOKED")",
                 "11:9: peers[0].pins[2]: revokes a certificate by its digest, which its holder can change without "
                 "breaking it; revoke its key with spki instead"}});
}

TEST(PinSetRulesTest, OnlyAKeyIsProven) {
  constexpr absl::string_view kError = "is of a pin that is not spki; a certificate request proves its own key alone";
  ExpectErrors({{R"("$C")", R"("$C", "proven_on": "2026-01-01T00:00:00Z")",
                 absl::StrCat("11:93: peers[0].pins[2].proven_on: ", kError)}});
}

TEST(PinSetRulesTest, ARevokedPinHasNoTimes) {
  constexpr absl::string_view kError =
      "12:9: peers[0].pins[3]: is REVOKED and has a not_before or not_after; a revoked pin is refused at all times, so "
      "remove them";
  for (const absl::string_view key : {"not_before", "not_after"}) {
    const std::string to = absl::StrCat("\"$D\", \"", key, "\": \"2026-01-01T00:00:00Z\"");
    ExpectErrors({{"\"$D\"", to, kError}});
  }
}

}  // namespace
}  // namespace pinion
