#include "pinion/json/strict.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/v1/authorization_policy.pb.h"
#include "pinion/v1/certificate_profile.pb.h"
#include "pinion/v1/config.pb.h"
#include "pinion/v1/pin_set.pb.h"

namespace pinion::json {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

struct Case {
  absl::string_view text;
  absl::string_view error;
};

// The error's text, without "pins.json:" before it; empty when there is none.
template <typename Message = v1::PinSet>
std::string ErrorOf(absl::string_view text) {
  Message message;
  const absl::Status status = Parse(text, "pins.json", &message);
  if (status.ok()) return "";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), StartsWith("pins.json:"));
  return std::string(status.message().substr(sizeof("pins.json:") - 1));
}

std::string TimeError(absl::string_view time) {
  return ErrorOf(absl::StrCat(R"({"peers": [{"report_only_until": )", time, "}]}"));
}

TEST(StrictJsonTest, FillsEveryFieldOfAPinSet) {
  v1::PinSet set;
  ASSERT_TRUE(Parse(R"({"version": 7, "peers": [
      {"name": "a", "hosts": ["a.test", "b.test"], "identities": ["spiffe://a"],
       "pins": [{"spki": "s", "state": "ACTIVE", "not_before": "2026-12-01T00:00:00Z"},
                {"certificate": "c", "state": "BACKUP"}, {"issuer_spki": "i", "state": "REVOKED"}],
       "report_only_until": "2026-12-01T00:00:00.25+01:00"},
      {}]})",
                    "pins.json", &set)
                  .ok());
  EXPECT_EQ(set.version(), 7);
  ASSERT_EQ(set.peers_size(), 2);
  const v1::Peer& peer = set.peers(0);
  EXPECT_EQ(peer.name(), "a");
  EXPECT_THAT(peer.hosts(), ElementsAre("a.test", "b.test"));
  EXPECT_THAT(peer.identities(), ElementsAre("spiffe://a"));
  ASSERT_EQ(peer.pins_size(), 3);
  EXPECT_EQ(peer.pins(0).spki(), "s");
  EXPECT_EQ(peer.pins(0).state(), v1::ACTIVE);
  EXPECT_EQ(peer.pins(0).not_before().seconds(), 1796083200);
  EXPECT_FALSE(peer.pins(0).has_not_after());
  EXPECT_EQ(peer.pins(1).certificate(), "c");
  EXPECT_EQ(peer.pins(2).issuer_spki(), "i");
  EXPECT_EQ(peer.report_only_until().seconds(), 1796083200 - 3600);
  EXPECT_EQ(peer.report_only_until().nanos(), 250000000);
  EXPECT_EQ(set.peers(1).ByteSizeLong(), 0);
}

TEST(StrictJsonTest, FillsWholeNumbersAndListsOfEnums) {
  v1::CertificateProfile profile;
  ASSERT_TRUE(Parse(R"({"validity_days": 90, "key_type": "ED25519",
                        "extended_key_usages": ["CLIENT_AUTH", "SERVER_AUTH"]})",
                    "p", &profile)
                  .ok());
  EXPECT_EQ(profile.validity_days(), 90);
  EXPECT_EQ(profile.key_type(), v1::ED25519);
  EXPECT_THAT(profile.extended_key_usages(), ElementsAre(v1::CLIENT_AUTH, v1::SERVER_AUTH));
}

TEST(StrictJsonTest, ForgetsWhatTheMessageHeldBefore) {
  v1::PinSet set;
  set.set_version(3);
  set.add_peers()->set_name("old");
  ASSERT_TRUE(Parse("{}", "pins.json", &set).ok());
  EXPECT_EQ(set.ByteSizeLong(), 0);
}

TEST(StrictJsonTest, AllowsCommentsWhereverWhiteSpaceMayStand) {
  for (const absl::string_view text : {
           "// first\n{\"version\": 7}",
           "{\"version\": 7}// last",
           "{\"version\"/**/:/* a\nb */7}",
           "{\"version\": 7// until the line ends\n}",
           "{\"version\": 7/* \"version\": 8 */}",
           "/***/{// {\n}",
       }) {
    EXPECT_EQ(ErrorOf(text), "") << text;
  }
}

TEST(StrictJsonTest, RefusesWhatTheSchemaDoesNotKnow) {
  const Case cases[] = {
      {R"({"versoin": 7})", "1:2: versoin: unknown field; known here: version, peers, expires, documents"},
      {R"({"peers": [{"reportOnlyUntil": 1}]})",
       "1:13: peers[0].reportOnlyUntil: unknown field; known here: name, hosts, identities, pins, report_only_until"},
      {R"({"Version": 7})", "1:2: Version: unknown field; known here: version, peers, expires, documents"},
      {R"({"": 7})", "1:2: unknown field; known here: version, peers, expires, documents"},
      {"{\"a\\nb\": 7}", "1:2: a\\nb: unknown field; known here: version, peers, expires, documents"},
      {R"({"version": 7, "version": 8})", "1:16: version: the key occurs twice"},
      {R"({"version": 7, "vers\u0069on": 8})", "1:16: version: the key occurs twice"},
      {R"({"peers": [], "version": 7, "peers": []})", "1:29: peers: the key occurs twice"},
      {R"({"peers": [{}, {"pins": [{"spki": "a", "certificate": "b"}]}]})",
       "1:40: peers[1].pins[0].certificate: only one of spki, certificate, issuer_spki may be given"},
      {R"({"peers": [{"pins": [{"spki": "a", "spki": "b"}]}]})", "1:36: peers[0].pins[0].spki: the key occurs twice"},
  };
  for (const Case& one : cases) EXPECT_EQ(ErrorOf(one.text), std::string(one.error));
}

TEST(StrictJsonTest, TakesNoValueForAnother) {
  const Case cases[] = {
      {"[]", "1:1: expected an object, found an array"},
      {"null", "1:1: expected an object, found null"},
      {" 7", "1:2: expected an object, found 7"},
      {R"("{}")", R"(1:1: expected an object, found "{}")"},
      {R"({"version": null})", "1:13: version: expected a whole number, found null"},
      {R"({"version": true})", "1:13: version: expected a whole number, found true"},
      {R"({"version": "7"})", R"(1:13: version: expected a whole number, found "7")"},
      {R"({"version": [7]})", "1:13: version: expected a whole number, found an array"},
      {R"({"version": {}})", "1:13: version: expected a whole number, found an object"},
      {R"({"version": 7.0})", "1:13: version: expected a whole number, found 7.0"},
      {R"({"version": 7e0})", "1:13: version: expected a whole number, found 7e0"},
      {R"({"version": 9223372036854775808})", "1:13: version: expected a whole number, found 9223372036854775808"},
      {R"({"version": 36893488147419103232})", "1:13: version: expected a whole number, found 36893488147419103232"},
      {R"({"peers": {}})", "1:11: peers: expected an array, found an object"},
      {R"({"peers": null})", "1:11: peers: expected an array, found null"},
      {R"({"peers": [null]})", "1:12: peers[0]: expected an object, found null"},
      {R"({"peers": [{}, [{}]]})", "1:16: peers[1]: expected an object, found an array"},
      {R"({"peers": [{"name": false}]})", "1:21: peers[0].name: expected a string, found false"},
      {R"({"peers": [{"name": ["a"]}]})", "1:21: peers[0].name: expected a string, found an array"},
      {R"({"peers": [{"hosts": "a"}]})", R"(1:22: peers[0].hosts: expected an array, found "a")"},
      {R"({"peers": [{"hosts": ["a", 1]}]})", "1:28: peers[0].hosts[1]: expected a string, found 1"},
      {R"({"peers": [{"hosts": [["a"]]}]})", "1:23: peers[0].hosts[0]: expected a string, found an array"},
  };
  for (const Case& one : cases) EXPECT_EQ(ErrorOf(one.text), std::string(one.error));
}

TEST(StrictJsonTest, TakesAnEnumByItsNameAlone) {
  const std::string expected =
      "1:32: peers[0].pins[0].state: expected one of ACTIVE, BACKUP, RETIRING, REVOKED, found ";
  for (const absl::string_view value : {"1", "true", "null", "\"active\"", "\"1\"", "\"\"", "\" ACTIVE\"",
                                        "\"PIN_STATE_UNSPECIFIED\"", "\"ACTIVE,BACKUP\""}) {
    EXPECT_EQ(ErrorOf(absl::StrCat(R"({"peers": [{"pins": [{"state": )", value, "}]}]}")),
              absl::StrCat(expected, value));
  }
  EXPECT_EQ(ErrorOf<v1::CertificateProfile>(R"({"extended_key_usages": ["SERVER_AUTH", 2]})"),
            "1:41: extended_key_usages[1]: expected one of SERVER_AUTH, CLIENT_AUTH, found 2");
}

TEST(StrictJsonTest, RefusesNumbersOutOfRange) {
  for (const absl::string_view number : {"-1", "4294967296", "1e2"}) {
    EXPECT_EQ(ErrorOf<v1::CertificateProfile>(absl::StrCat(R"({"validity_days": )", number, "}")),
              absl::StrCat("1:19: validity_days: expected a whole number, found ", number));
  }
}

TEST(StrictJsonTest, ReadsRfc3339TimesOnly) {
  for (const absl::string_view good : {"2026-12-01T00:00:00Z", "2026-12-01T00:00:00.123456789Z",
                                       "2026-12-01T23:59:59-08:00", "2024-02-29T00:00:00+00:00"}) {
    EXPECT_EQ(TimeError(absl::StrCat("\"", good, "\"")), "");
  }
  for (const absl::string_view bad : {"\"\"",
                                      "\"infinite-future\"",
                                      "\"2026-12-01\"",
                                      "\"2026-12-01T00:00:00\"",
                                      "\"2026-12-01 00:00:00Z\"",
                                      "\" 2026-12-01T00:00:00Z\"",
                                      "\"2026-12-01T00:00:00Z \"",
                                      "\"2026-13-01T00:00:00Z\"",
                                      "\"2026-02-29T00:00:00Z\"",
                                      "\"2026-12-01T24:00:00Z\"",
                                      "\"2026-12-01T00:00:00.Z\"",
                                      "\"2026-12-01T00:00:00,5Z\"",
                                      "\"2026-12-01T00:00:00+01\"",
                                      "\"2026-12-01T00:00:00+0100\"",
                                      "\"2026-1-01T00:00:00.5Z\"",
                                      "\"12026-12-01T00:00:00Z\"",
                                      "\"2026-12-01T00:00:00UTC\"",
                                      "\"+026-12-01T00:00:00Z\"",
                                      "1796083200",
                                      "null",
                                      "{\"seconds\": 1}"}) {
    const std::string found = bad[0] == '{' ? "an object" : std::string(bad);
    EXPECT_EQ(TimeError(bad), absl::StrCat("1:34: peers[0].report_only_until: expected an RFC 3339 time such as "
                                           "\"2026-12-01T00:00:00Z\", found ",
                                           found));
  }
}

TEST(StrictJsonTest, ReportsWhereTheTextIsNotJson) {
  const Case cases[] = {
      {"", "1:1: not JSON: the file is empty"},
      {" \n ", "2:2: not JSON: syntax error while parsing value - unexpected end of input"},
      {"{", "1:2: not JSON: syntax error while parsing object key - unexpected end of input"},
      {"{\"version\": 7,}", "1:15: not JSON: syntax error while parsing object key - unexpected '}'"},
      {"{\"peers\": [{},]}", "1:15: not JSON: syntax error while parsing value - unexpected ']'"},
      {"{\"version\": 7,, \"peers\": []}", "1:15: not JSON: syntax error while parsing object key - unexpected ','"},
      {"{} x", "1:4: not JSON: syntax error while parsing value - invalid literal"},
      {"{}\n{}", "2:1: not JSON: syntax error while parsing value - unexpected '{'"},
      {"{'version': 7}", "1:2: not JSON: syntax error while parsing object key - invalid literal"},
      {"{version: 7}", "1:2: not JSON: syntax error while parsing object key - invalid literal"},
      {"{\"version\": 07}", "1:14: not JSON: syntax error while parsing object - unexpected number literal"},
      {"{\"version\": +7}", "1:13: not JSON: syntax error while parsing value - invalid literal"},
      {"{\"version\": NaN}", "1:13: not JSON: syntax error while parsing value - invalid literal"},
      {"{\"version\": 7\n \"peers\": []}",
       "2:2: not JSON: syntax error while parsing object - unexpected string literal"},
      {"{\"version\" 7}", "1:12: not JSON: syntax error while parsing object separator - unexpected number literal"},
      {"{\"version", "1:2: not JSON: syntax error while parsing object key - invalid string: missing closing quote"},
      {"{\"version\": tru}", "1:13: not JSON: syntax error while parsing value - invalid literal"},
      {"{/* open", "1:9: not JSON: syntax error while parsing object key - invalid comment; missing closing '*/'"},
      {"{# no\n}", "1:2: not JSON: syntax error while parsing object key - invalid literal"},
      {"{\"a\tb\": 7}", "1:2: not JSON: syntax error while parsing object key - invalid string: control character"},
      {"{\"\xff\": 7}", "1:2: not JSON: syntax error while parsing object key - invalid string: ill-formed UTF-8 byte"},
  };
  for (const Case& one : cases) EXPECT_THAT(ErrorOf(one.text), StartsWith(std::string(one.error))) << one.text;
}

TEST(StrictJsonTest, DoesNotRecurseIntoDeepNesting) {
  EXPECT_EQ(ErrorOf(std::string(1000000, '[')), "1:1: expected an object, found an array");
  EXPECT_EQ(ErrorOf(absl::StrCat(R"({"peers": [{"hosts": )", std::string(1000000, '['))),
            "1:23: peers[0].hosts[0]: expected a string, found an array");
}

TEST(StrictJsonTest, CountsLinesAndColumnsPastComments) {
  const Case cases[] = {
      {"/* one\ntwo\n */ {\n  \"x\": 7}", "4:3: x: unknown field; known here: version, peers, expires, documents"},
      {"{\"version\": 7// eight\n, \"peers\": 9}", "2:12: peers: expected an array, found 9"},
      {"{\"version\": 7/* \" , : */,\"peers\": 9}", "1:35: peers: expected an array, found 9"},
      {"{\r\n\t\"peers\": [ // \"\r\n{}, {},\r\n    8]}", "4:5: peers[2]: expected an object, found 8"},
      {"{\"peers\": [{\"name\": \"\xc3\xa4\", \"hosts\": 1}]}", "1:36: peers[0].hosts: expected an array, found 1"},
      {"{\"peers\": [{\"name\": \"/* // \\\" \", \"hosts\": 1}]}", "1:43: peers[0].hosts: expected an array, found 1"},
  };
  for (const Case& one : cases) EXPECT_EQ(ErrorOf(one.text), std::string(one.error));
}

TEST(StrictJsonTest, TruncatesAndEscapesWhatItQuotes) {
  const std::string error = ErrorOf(absl::StrCat(R"({"version": ")", std::string(500, 'a'), "\"}"));
  EXPECT_EQ(error, absl::StrCat("1:13: version: expected a whole number, found \"", std::string(80, 'a'), "\""));
  EXPECT_EQ(ErrorOf(R"({"version": "\u001b[2J\u00e4"})"),
            R"(1:13: version: expected a whole number, found "\x1b[2J\xc3\xa4")");
}

TEST(StrictJsonTest, ABoolIsTrueOrFalse) {
  const auto text = [](absl::string_view value) {
    return absl::StrCat(R"({"audit_loggers": [{"is_optional": )", value, "}]}");
  };
  v1::AuditLoggingOptions options;
  ASSERT_TRUE(Parse(text("true}, {\"is_optional\": false"), "policy.json", &options).ok());
  EXPECT_TRUE(options.audit_loggers(0).is_optional() && !options.audit_loggers(1).is_optional());
  for (const absl::string_view value : {"1", "0", "\"true\"", "\"yes\"", "\"\"", "null", "[true]", "{}"}) {
    EXPECT_THAT(ErrorOf<v1::AuditLoggingOptions>(text(value)),
                StartsWith("1:36: audit_loggers[0].is_optional: expected true or false, found "))
        << value;
  }
}

TEST(StrictJsonErrorAtTest, PointsAtTheValueOrTheNearestOneAroundIt) {
  constexpr absl::string_view kText =
      "// pins\n{\"version\": 7,\n \"peers\": [\n  {\"name\": \"a\"},\n  {\"name\": \"b\", \"pins\": [\n   {}, "
      "{\"spki\": 1}]}]}";
  const Case cases[] = {
      {"", "2:1: bad"},
      {"version", "2:13: version: bad"},
      {"peers", "3:11: peers: bad"},
      {"peers[0].name", "4:12: peers[0].name: bad"},
      {"peers[1].pins[1].spki", "6:17: peers[1].pins[1].spki: bad"},
      // What is missing is reported where it should have stood.
      {"peers[0].pins", "4:3: peers[0].pins: bad"},
      {"peers[1].pins[0].state", "6:4: peers[1].pins[0].state: bad"},
      {"peers[10].name", "3:11: peers[10].name: bad"},
      {"peers[1].pinsx", "5:3: peers[1].pinsx: bad"},
  };
  for (const Case& one : cases) {
    const absl::Status status = ErrorAt(kText, "pins.json", one.text, "bad");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), absl::StrCat("pins.json:", one.error));
  }
}

// A private key that was pasted where its file's path belongs must not come back in the error.
TEST(StrictTest, SyntaxErrorsRepeatNothingOfTheText) {
  v1::Config config;
  const absl::Status status =
      Parse(R"({"identity": {"private_key_file": "MIGHAgEAMBMG" "certificate_file": "a.pem"}})", "c.json", &config);
  EXPECT_EQ(status.message(),
            "c.json:1:50: not JSON: syntax error while parsing object - unexpected string literal; expected '}'");
}

}  // namespace
}  // namespace pinion::json
