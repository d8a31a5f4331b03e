// The formats' parsers: the input that they read, and their errors for other input.
#include "tools/pinion/foreign_pins/foreign_pins.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/foreign_pins_text.h"
#include "tools/pinion/foreign_pins/imported.h"

namespace pinion::cli {
namespace {

TEST(OkHttpTest, JavaKotlinAndBareLines) {
  const std::string adds = absl::StrCat(".add(\"a.test\", ", Quoted(kA), ")\n // of b\n .add( \"**.b.test\" ,",
                                        Quoted(kA), ", ", Quoted(kB), " )/* and */.add(\"a.test\", ", Quoted(kB), ")");
  const std::string expected = "a.test: A B\nb.test+: A B";
  EXPECT_EQ(Read("okhttp", adds), expected);
  EXPECT_EQ(
      Read("okhttp", absl::StrCat("CertificatePinner pinner = new CertificatePinner.Builder()\n", adds, ".build();\n")),
      expected);
  EXPECT_EQ(Read("okhttp", absl::StrCat("val pinner = CertificatePinner.Builder()", adds, "\n.build()")), expected);
}

TEST(OkHttpTest, UnknownInputIsRefusedWithItsPlace) {
  const std::string start = ".add(\"a.test\"";
  EXPECT_EQ(Read("okhttp", ""), "f:1:1: expected CertificatePinner.Builder() or .add(\"host\", \"sha256/...\")");
  EXPECT_EQ(Read("okhttp", "rm();"), "f:1:1: expected CertificatePinner.Builder() or .add(\"host\", \"sha256/...\")");
  EXPECT_EQ(Read("okhttp", "new CertificatePinner.Builder().build()"),
            "f:1:40: there is no .add(\"host\", \"sha256/...\")");
  EXPECT_EQ(Read("okhttp", start + ")"), "f:1:14: expected a comma and a pin, \"sha256/...\"");
  EXPECT_EQ(Read("okhttp", start + ",\n PIN)"), "f:2:2: PIN is a name; write its value here, as text in double quotes");
  EXPECT_EQ(Read("okhttp", start + ",\n 7)"), "f:2:2: expected text in double quotes");
  EXPECT_EQ(Read("okhttp", start + ", \"sha1/AAAA\")"),
            "f:1:16: a SHA-1 pin, which cannot be trusted; pin the key with SHA-256: pinion pin CERTIFICATE");
  EXPECT_EQ(Read("okhttp", start + ", \"sha256/AAAA\")"), "f:1:16: not the base64 of a SHA-256 digest: \"AAAA\"");
  EXPECT_EQ(Read("okhttp", absl::StrCat(start, ", ", Quoted(kA))), "f:1:69: expected , or )");
  EXPECT_EQ(Read("okhttp", absl::StrCat(start, ", ", Quoted(kA), ") + more")),
            "f:1:71: expected .add(\"host\", \"sha256/...\") or .build()");
  EXPECT_EQ(Read("okhttp", absl::StrCat(".add(HOST, ", Quoted(kA), ")")),
            "f:1:6: HOST is a name; write its value here, as text in double quotes");
}

TEST(CurlTest, TheValueWithAndWithoutTheOption) {
  const std::string value = absl::StrCat("sha256//", kA, ";sha256//", kB);
  for (const std::string& text : {value, " " + value + "\n", "--pinnedpubkey " + value,
                                  "--pinnedpubkey='" + value + "'", "--pinnedpubkey \"" + value + "\"\n"}) {
    EXPECT_EQ(Read("curl", text), ": A B") << text;
  }
}

TEST(CurlTest, UnknownInputIsRefusedWithItsPlace) {
  const std::string hint =
      "expected sha256//...; where curl is given a file with the key, `pinion pin FILE` has its pin";
  EXPECT_EQ(Read("curl", "key.pem"), "f:1:1: " + hint);
  EXPECT_EQ(Read("curl", ""), "f:1:1: " + hint);
  EXPECT_EQ(Read("curl", absl::StrCat("sha256//", kA, ";")), "f:1:54: " + hint);
  EXPECT_EQ(Read("curl", absl::StrCat("sha256/", kA)), "f:1:1: " + hint);
  EXPECT_EQ(Read("curl", absl::StrCat("sha256//", kA, ";sha256//\x01")),
            "f:1:54: not the base64 of a SHA-256 digest: \"\\x01\"");
}

TEST(HpkpTest, TheHeaderWithAndWithoutItsName) {
  const std::string value = absl::StrCat("PIN-sha256=\"", kA, "\" ; pin-sha256=\"", kB,
                                         "\";max-age=10; includeSubDomains; report-uri=\"https://r.test/;\";");
  const std::string expected =
      "+: A B\nmax-age=10 is not imported: browsers forget the pins after it; a pin file holds until it is replaced\n"
      "report-uri=https://r.test/; is not imported";
  EXPECT_EQ(Read("hpkp", value), expected);
  EXPECT_EQ(Read("hpkp", "public-key-pins: " + value + "\r\n"), expected);
  EXPECT_EQ(Read("hpkp", absl::StrCat("Public-Key-Pins-Report-Only: pin-sha256=\"", kA, "\"; max-age=1")),
            ": A\nReport-Only is not imported: the pins are enforced; report_only_until in the pin file needs an end\n"
            "max-age=1 is not imported: browsers forget the pins after it; a pin file holds until it is replaced");
}

TEST(HpkpTest, UnknownInputIsRefusedWithItsPlace) {
  const std::string pin = absl::StrCat("pin-sha256=\"", kA, "\"");
  EXPECT_EQ(Read("hpkp", ""), "f:1:1: there is no pin-sha256=\"...\"");
  EXPECT_EQ(Read("hpkp", "max-age=1"), "f:1:10: there is no pin-sha256=\"...\"");
  EXPECT_EQ(Read("hpkp", pin), "f:1:58: there is no max-age, without which browsers take no notice of it");
  EXPECT_EQ(Read("hpkp", pin + "; max-age=1; max-age=2"), "f:1:79: max-age stands twice or has no proper value");
  EXPECT_EQ(Read("hpkp", pin + "; max-age=soon"), "f:1:68: max-age stands twice or has no proper value");
  EXPECT_EQ(Read("hpkp", "pin-sha256=\"AAAA\"; max-age=1"), "f:1:17: not the base64 of a SHA-256 digest: \"AAAA\"");
  EXPECT_EQ(Read("hpkp", "pin-sha256=\"AAAA"), "f:1:17: a quoted text does not end");
  EXPECT_EQ(Read("hpkp", pin + " max-age=1"), "f:1:59: expected ;");
  EXPECT_EQ(Read("hpkp", "=1"), "f:1:1: expected a directive, such as pin-sha256=\"...\"");
}

TEST(EnvoyTest, TheListAnywhere) {
  const std::string list = absl::StrCat("\"verify_certificate_spki\": [\"", kA, "\", \"", kB, "\"]");
  EXPECT_EQ(Read("envoy", "{" + list + "}"), ": A B");
  EXPECT_EQ(Read("envoy", "{\"common_tls_context\": {\"alpn_protocols\": \"h2\", \"validation_context\": {" + list +
                              ", \"trusted_ca\": {\"filename\": \"ca.pem\"}}}}"),
            ": A B\ncommon_tls_context.alpn_protocols is not imported\n"
            "common_tls_context.validation_context.trusted_ca.filename is not imported");
  EXPECT_EQ(Read("envoy", "[1, {" + list + "}, 2]").substr(0, 5), ": A B");
  EXPECT_EQ(Read("envoy", absl::StrCat("{\"verifyCertificateSpki\": [\"", kA, "\"]}")), ": A");
}

TEST(EnvoyTest, UnknownInputIsRefusedWithItsPlace) {
  EXPECT_EQ(Read("envoy", "{}"), "f:1:1: there is no verify_certificate_spki in it");
  EXPECT_EQ(Read("envoy", "{\"verify_certificate_spki\": []}"), "f:1:1: verify_certificate_spki is empty");
  EXPECT_EQ(Read("envoy", "{\"verify_certificate_spki\": 1}"), "f:1:29: expected a list of pins");
  EXPECT_EQ(Read("envoy", "{\"verify_certificate_spki\": [1]}"), "f:1:30: not the base64 of a SHA-256 digest: \"1\"");
  EXPECT_EQ(Read("envoy", "{\"verify_certificate_spki\": [],\n\"verify_certificate_spki\": []}"),
            "f:2:28: a second verify_certificate_spki; give one alone");
  const std::string yaml = Read("envoy", "verify_certificate_spki:\n- x");
  EXPECT_EQ(yaml.substr(0, 16), "f:1:1: not JSON:");
  EXPECT_NE(yaml.find("give it as JSON: yq -o json"), std::string::npos);
}

std::string Android(absl::string_view config) {
  return absl::StrCat("<network-security-config>\n", config, "</network-security-config>");
}
std::string PinElement(absl::string_view base64) { return absl::StrCat("<pin digest=\"SHA-256\">", base64, "</pin>"); }

TEST(AndroidTest, DomainsShareTheirPins) {
  EXPECT_EQ(
      Read("android",
           "<?xml version=\"1.0\"?>" +
               Android(
                   "<!-- ours --><domain-config cleartextTrafficPermitted=\"false\">"
                   "<domain> a.test </domain><domain includeSubdomains=\"true\">b.test</domain>"
                   "<trust-anchors/><pin-set expiration=\"2027-01-01\">" +
                   PinElement(kA) + PinElement(kB) +
                   "</pin-set></domain-config><base-config/><domain-config><domain>c.test</domain></domain-config>")),
      "a.test: A B\nb.test+: A B\ncleartextTrafficPermitted=false is not imported\n"
      "<trust-anchors> (f:2:136) is not imported\n"
      "expiration 2027-01-01 is not imported: there, pinning is off from that day on; here it never is. Take it as "
      "the day by which to rotate the keys\n"
      "<base-config> is not imported\n<domain-config> of c.test has no pins, and is not imported");
}

TEST(AndroidTest, UnknownInputIsRefusedWithItsPlace) {
  const std::string domain = "<domain>a.test</domain>";
  const auto config = [](const std::string& inner) { return Android("<domain-config>" + inner + "</domain-config>"); };
  EXPECT_EQ(Read("android", "<a/>"), "f:1:1: expected <network-security-config>");
  EXPECT_EQ(Read("android", Android("")), "f:1:1: there is no <domain-config> with a <pin-set> in it");
  EXPECT_EQ(Read("android", Android("<b/>")), "f:2:1: <b> is not expected here");
  EXPECT_EQ(Read("android", config("")), "f:2:1: there is no <domain> in it");
  EXPECT_EQ(Read("android", config(domain + "<pin-set/>")), "f:2:39: there is no pin in it");
  EXPECT_EQ(Read("android", config(domain + "<pin-set><pin digest=\"SHA-1\">AA</pin></pin-set>")),
            "f:2:48: expected <pin digest=\"SHA-256\">");
  EXPECT_EQ(Read("android", config(domain + "<pin-set>" + PinElement("AA") + "</pin-set>")),
            "f:2:48: not the base64 of a SHA-256 digest: \"AA\"");
  EXPECT_EQ(Read("android", config("<domain includeSubdomains=\"yes\">a.test</domain>")),
            "f:2:16: includeSubdomains is neither true nor false");
  EXPECT_EQ(
      Read("android", config(domain + "<domain-config/>")),
      "f:2:39: <domain-config> is not expected here; write nested or repeated parts as a <domain-config> of their own");
}

TEST(XmlTest, WhatIsNotXmlOrIsDangerousIsRefused) {
  EXPECT_EQ(Read("android", "<a>\n<b></a>"), "f:2:6: not XML: mismatched tag");
  EXPECT_EQ(Read("android", ""), "f:1:1: not XML: no element found");
  EXPECT_EQ(Read("android", "<!DOCTYPE a [<!ENTITY x \"&#65;\">]><a>&x;</a>"),
            "f:1:13: declarations in the document type are not read");
  EXPECT_EQ(Read("android", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a>&x;</a>"),
            "f:1:44: an entity that is not known");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_EQ(Read("android", deep), "f:1:193: nested too deep");
}

std::string Plist(absl::string_view outer, absl::string_view inner, absl::string_view domains) {
  return absl::StrCat("<plist version=\"1.0\"><dict><key>CFBundleName</key><string>app</string><key>", outer,
                      "</key><dict>\n<key>", inner, "</key><dict>\n", domains, "</dict></dict></dict></plist>");
}
std::string Apple(absl::string_view domain) {
  return Plist("NSAppTransportSecurity", "NSPinnedDomains", absl::StrCat("<key>a.test</key><dict>", domain, "</dict>"));
}
std::string Identities(absl::string_view key, absl::string_view base64) {
  return absl::StrCat("<key>", key, "</key><array><dict><key>SPKI-SHA256-BASE64</key><string>", base64,
                      "</string></dict></array>");
}

TEST(AppleTest, LeafsOrIssuers) {
  EXPECT_EQ(Read("apple", Apple("<key>NSIncludesSubdomains</key><true/>" + Identities("NSPinnedLeafIdentities", kA))),
            "a.test+: A");
  EXPECT_EQ(Read("apple", Apple(Identities("NSPinnedCAIdentities", kB))), "a.test: issuer B");
  EXPECT_EQ(
      Read("apple", Apple(Identities("NSPinnedCAIdentities", kB) + Identities("NSPinnedLeafIdentities", kA))),
      "a.test: A\nNSPinnedCAIdentities of a.test is not imported: there both it and a leaf must match, and in a pin "
      "file either would do");
  // The element alone.
  EXPECT_EQ(Read("apple", "<dict><key>NSPinnedDomains</key><dict><key>a.test</key><dict>" +
                              Identities("NSPinnedLeafIdentities", kA) + "</dict></dict></dict>"),
            "a.test: A");
}

TEST(AppleTest, UnknownInputIsRefusedWithItsPlace) {
  EXPECT_EQ(Read("apple", "bplist00abc"), "f: a binary property list; make XML of it first: plutil -convert xml1");
  EXPECT_EQ(Read("apple", "<plist/>"), "f:1:1: expected one value in <plist>");
  EXPECT_EQ(Read("apple", "<plist><dict/></plist>"), "f:1:8: there is no NSPinnedDomains in it");
  EXPECT_EQ(Read("apple", Apple("")), "f:3:18: there is no pin in it");
  EXPECT_EQ(Read("apple", Apple("<key>NSOther</key><true/>")), "f:3:42: \"NSOther\" is not known here");
  EXPECT_EQ(Read("apple", Apple("<key>NSIncludesSubdomains</key><string>yes</string>")),
            "f:3:55: expected <true/> or <false/>");
  EXPECT_EQ(Read("apple", Apple("<key>NSIncludesSubdomains</key>")), "f:3:24: this key has no value");
  EXPECT_EQ(Read("apple", Apple("<true/><true/>")), "f:3:24: expected a <key>");
  EXPECT_EQ(Read("apple", Apple("<key>a</key><true/><key>a</key><true/>")), "f:3:43: the key occurs twice");
  EXPECT_EQ(Read("apple", Apple(Identities("NSPinnedLeafIdentities", "AA"))),
            "f:3:99: not the base64 of a SHA-256 digest: \"AA\"");
}

std::string TrustKit(absl::string_view domain) {
  return Plist("TSKConfiguration", "TSKPinnedDomains", absl::StrCat("<key>a.test</key><dict>", domain, "</dict>"));
}

TEST(TrustKitTest, HashesAndWhatIsNotImported) {
  const std::string hashes =
      absl::StrCat("<key>TSKPublicKeyHashes</key><array><string>", kA, "</string><string>", kB, "</string></array>");
  EXPECT_EQ(
      Read("trustkit", TrustKit(hashes + "<key>TSKIncludeSubdomains</key><true/><key>TSKEnforcePinning</key><true/>")),
      "a.test+: A B");
  EXPECT_EQ(
      Read("trustkit", TrustKit(hashes + "<key>kTSKExpirationDate</key><string>2027-01-01</string>"
                                         "<key>TSKEnforcePinning</key><false/><key>TSKReportUris</key><array/>")),
      "a.test: A B\nTSKExpirationDate of a.test is not imported (2027-01-01): there, pinning is off from that day "
      "on; here it never is. Take it as the day by which to rotate the keys\n"
      "TSKEnforcePinning of a.test is not imported (false): the pins are enforced; report_only_until in the pin file "
      "needs an end\nTSKReportUris of a.test is not imported");
}

TEST(TrustKitTest, UnknownInputIsRefusedWithItsPlace) {
  EXPECT_EQ(Read("trustkit", "<dict/>"), "f:1:1: there is no TSKPinnedDomains in it");
  EXPECT_EQ(Read("trustkit", TrustKit("")), "f:2:28: there is no domain with TSKPublicKeyHashes in it");
  EXPECT_EQ(Read("trustkit", TrustKit("<key>TSKPublicKeyHashes</key><true/>")), "f:3:53: expected an <array>");
  EXPECT_EQ(Read("trustkit", TrustKit("<key>TSKPublicKeyHashes</key><array><true/></array>")),
            "f:3:60: expected a <string>");
}

std::string ImportError(absl::string_view format, const std::string& text, const ImportOptions& options = {}) {
  const auto imported = Import(*FindFormat(format), *Parse(format, text), options);
  return imported.ok() ? "" : imported.status().ToString();
}

TEST(ImportTest, PinsThatMakeNoPinFileAreRefused) {
  const std::string one = absl::StrCat(".add(\"a.test\", ", Quoted(kA), ")");
  const std::string other = absl::StrCat(".add(\"b.test\", ", Quoted(kA), ", ", Quoted(kB), ")");
  EXPECT_EQ(ImportError("okhttp", one),
            "FAILED_PRECONDITION: a.test has one pin only, and losing that key locks every client out, so a pin file "
            "needs a BACKUP; make a second key, keep it offline, and give it with --backup PIN");
  ImportOptions backup;
  backup.backups.push_back({PinKind::kSpki, x509::Sha256("another").value()});
  EXPECT_EQ(ImportError("okhttp", one, backup), "");
  EXPECT_EQ(
      ImportError("okhttp", one + other, backup),
      "INVALID_ARGUMENT: --name and --backup are for one peer, and this makes 2; import one at a time with --host");
  backup.host = "A.test";
  EXPECT_EQ(ImportError("okhttp", one + other, backup), "");
  backup.host = "c.test";
  EXPECT_EQ(ImportError("okhttp", one + other, backup),
            "INVALID_ARGUMENT: no pins of \"c.test\" are in it; its hosts are a.test, b.test");
  const std::string third =
      absl::StrCat(".add(\"c.test\", ", Quoted(kB), ", ", Quoted(std::string(42, 'C') + "A="), ")");
  EXPECT_EQ(ImportError("okhttp", other + third),
            absl::StrCat("FAILED_PRECONDITION: b.test and c.test share sha256/", kB,
                         " and not all their pins, and two peers must not share a key, or one could impersonate the "
                         "other; give both the same pins where they are one service, or import with --kind issuer_spki "
                         "where they are a CA's"));
  ImportOptions issuers;
  issuers.kind = PinKind::kIssuerSpki;
  EXPECT_EQ(ImportError("okhttp", other + third, issuers), "");
  EXPECT_EQ(ImportError("curl", absl::StrCat("sha256//", kA)),
            "INVALID_ARGUMENT: curl's --pinnedpubkey does not say whose pins they are; give --host");
  EXPECT_EQ(ImportError("okhttp", absl::StrCat(".add(\"a b\", ", Quoted(kA), ")")).substr(0, 34),
            "INVALID_ARGUMENT: not a host name:");
}

}  // namespace
}  // namespace pinion::cli
