// Pins in complete files of projects: source text, .curlrc, a web server's configuration,
// TrustKit-Android's elements, and subdomains that are excluded.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/pin/pin_set.h"
#include "tests/cli/foreign_pins_text.h"
#include "tools/pinion/foreign_pins/imported.h"

namespace pinion::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// With PIN_A and PIN_B written out.
std::string With(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"PIN_A", std::string(kA)}, {"PIN_B", std::string(kB)}});
}

TEST(OkHttpSourceTest, AJavaFileWithCommentsAndOtherCode) {
  EXPECT_EQ(Read("okhttp", With(R"java(
package test; // "CertificatePinner.Builder()" stands in a text
import okhttp3.CertificatePinner;
/* .add("commented.test", "sha256/PIN_A") */
class Client {
   private
    static final char QUOTE = '"';
    OkHttpClient make() {
      CertificatePinner pinner = new CertificatePinner
                                     .Builder()  // the pins
                                                 // .add("old.test", "sha256/PIN_A")
                                     .add("a.test" /* today */, "sha256/" + "PIN_A",  // next
                                          "sha256/" + "PIN_B")
                                     /* .add("older.test", "sha256/PIN_B") */
                                     .build();
      log("CertificatePinner.Builder().add(\"x.test\")");
      return new OkHttpClient.Builder().certificatePinner(pinner).build();
    }
}
)java")),
            "a.test: A B");
}

TEST(OkHttpSourceTest, AKotlinFileWithTrailingCommasAndRawText) {
  EXPECT_EQ(Read("okhttp", With(R"(
val help = """ CertificatePinner.Builder().add(nothing) " """
private val pinner: CertificatePinner = CertificatePinner
    .Builder()
    .add(
        "**.a.test",
        "sha256/PIN_A",
        "sha256/PIN_B", // the backup
    )
    .apply { add("b.test", "sha256/PIN_A"); this.add("b.test", "sha256/PIN_B") }
    .build()
val client = OkHttpClient.Builder().certificatePinner(pinner).build()
)")),
            "a.test+: A B\nb.test: A B");
}

TEST(OkHttpSourceTest, ABuilderInAVariable) {
  for (const char* declaration :
       {"CertificatePinner.Builder b = new CertificatePinner.Builder();", "val b = CertificatePinner.Builder()\n",
        "val b: CertificatePinner.Builder = CertificatePinner.Builder()\n"}) {
    EXPECT_EQ(Read("okhttp", With(absl::StrCat("void f() {", declaration, R"( b.add("a.test", "sha256/PIN_A");
                 list.add("b.test", 1); b.add("a.test", "sha256/PIN_B").build(); })"))),
              "a.test: A B")
        << declaration;
  }
}

TEST(OkHttpSourceTest, UnknownUsesOfABuilderAreRefusedWithTheirPlace) {
  const std::string start = "x = new CertificatePinner.Builder()\n";
  EXPECT_EQ(Read("okhttp", With(start + R"(.add("a.test", "sha256/PIN_A").also { it.add(OTHER) }.build();)")),
            "f:2:70: expected .add(\"host\", \"sha256/...\") or .build()");
  EXPECT_EQ(Read("okhttp", With(start + R"(.add("a.test", PIN).build())")),
            "f:2:16: PIN is a name; write its value here, as text in double quotes");
  EXPECT_EQ(Read("okhttp", With(start + R"(.add("a.test", "sha256/PIN_A" + TAIL))")),
            "f:2:72: TAIL is a name; write its value here, as text in double quotes");
  EXPECT_EQ(Read("okhttp", start + R"(.apply { remove() })"), "f:2:10: expected add(\"host\", \"sha256/...\") or }");
  EXPECT_EQ(Read("okhttp", start + "; /* /* */ */"), "f:2:12: a comment within a comment; remove one of them");
  EXPECT_EQ(Read("okhttp", start + "; /*"), "f:2:3: a comment does not end");
  EXPECT_EQ(Read("okhttp", start + "; \"a\n\""), "f:2:3: a text in quotes does not end");
}

TEST(OkHttpSourceTest, TwoBuildersForOneHostAreNotMixed) {
  const std::string one = R"(CertificatePinner.Builder().add("a.test", "sha256/PIN_A").build();)";
  EXPECT_THAT(Read("okhttp", With(one + "\n" + one)), HasSubstr("\"a.test\" has pins in another"));
  EXPECT_EQ(Read("okhttp", With(one + absl::StrReplaceAll(one, {{"a.test", "b.test"}}))), "a.test: A\nb.test: A");
}

TEST(CurlrcTest, TheLineAmongOthers) {
  const std::string value = With("sha256//PIN_A;sha256//PIN_B");
  for (const char* line : {"pinnedpubkey = \"VALUE\"", "pinnedpubkey: 'VALUE' # both", "--pinnedpubkey VALUE # both",
                           "\tpinnedpubkey=VALUE\r", "--pinnedpubkey=\"VALUE\""}) {
    EXPECT_EQ(Read("curl", absl::StrCat("# pinnedpubkey = old\nsilent\nurl = \"https://a.test\"\n",
                                        absl::StrReplaceAll(line, {{"VALUE", value}}), "\n\n")),
              ": A B\nnot imported: silent, url")
        << line;
  }
}

TEST(CurlrcTest, UnknownInputIsRefusedWithItsPlace) {
  const std::string line = With("pinnedpubkey = \"sha256//PIN_A\"\n");
  EXPECT_EQ(Read("curl", line + line),
            "f:2:16: pinnedpubkey stands here again; curl uses the last one alone, so remove "
            "the others");
  const std::string hint =
      "expected sha256//...; where curl is given a file with the key, `pinion pin FILE` has its pin";
  EXPECT_EQ(Read("curl", "silent\npinnedpubkey = \"key.pem\""), "f:2:17: " + hint);
  EXPECT_EQ(Read("curl", "silent\nproxy-pinnedpubkey = \"sha256//x\""), "f:1:1: " + hint);
  EXPECT_EQ(Read("curl", With("pinnedpubkey = \"sha256//PIN_A")), "f:1:16: " + hint);
}

TEST(WebServerTest, NginxAndApache) {
  const std::string age =
      "max-age=10 is not imported: browsers forget the pins after it; a pin file holds until it is replaced";
  for (
      const char* line : {
          R"(add_header Public-Key-Pins 'pin-sha256="PIN_A"; pin-sha256="PIN_B"; max-age=10; includeSubDomains' always;)",
          R"(add_header	Public-Key-Pins "pin-sha256=\"PIN_A\"; pin-sha256=\"PIN_B\"; max-age=10; includeSubDomains";)",
          R"(Header always set Public-Key-Pins "pin-sha256=\"PIN_A\"; pin-sha256=\"PIN_B\"; max-age=10; includeSubDomains")",
          R"(header SET public-key-pins 'pin-sha256="PIN_A"; pin-sha256="PIN_B"; max-age=10; includeSubDomains')",
      }) {
    EXPECT_EQ(Read("hpkp", With(absl::StrCat("# ours\n\n  ", line, "\n# end\n"))), "+: A B\n" + age) << line;
  }
  EXPECT_EQ(
      Read("hpkp", With(R"(Header set Public-Key-Pins-Report-Only "pin-sha256=\"PIN_A\"; max-age=10" env=HTTPS)")),
      ": A\nReport-Only is not imported: the pins are enforced; report_only_until in the pin file needs an end\n"
      "the condition env=HTTPS is not imported: the pins hold at all times\n" +
          age);
}

TEST(WebServerTest, UnknownInputIsRefusedWithItsPlace) {
  const std::string line = With("add_header Public-Key-Pins 'pin-sha256=\"PIN_A\"; max-age=1';\n");
  EXPECT_EQ(Read("hpkp", "ssl on;\n" + line), "f:1:1: another directive; give the one that sets Public-Key-Pins alone");
  EXPECT_EQ(Read("hpkp", line + line), "f:2:1: expected nothing more; give one header at a time");
  EXPECT_EQ(Read("hpkp", "add_header X-Frame-Options DENY;"), "f:1:12: expected the header Public-Key-Pins");
  EXPECT_EQ(Read("hpkp", "Header always unset Public-Key-Pins"),
            "f:1:15: expected `Header always set Public-Key-Pins \"...\"`");
  EXPECT_EQ(Read("hpkp", "add_header Public-Key-Pins $pins;"), "f:1:28: expected the header's value in quotes");
  EXPECT_EQ(Read("hpkp", "add_header Public-Key-Pins 'max-age=1"), "f:1:28: a text in quotes does not end");
  EXPECT_EQ(Read("hpkp", "add_header Public-Key-Pins\n  'pin-sha256=\"AAAA\"; max-age=1';"),
            "f:2:20: not the base64 of a SHA-256 digest: \"AAAA\"");
  EXPECT_EQ(Read("hpkp", "Public-Key-Pins max-age=1"), "f:1:17: expected : after the header's name");
}

std::string AndroidConfig(absl::string_view domain, absl::string_view more = "") {
  return With(absl::StrCat("<network-security-config><domain-config>", domain,
                           "<pin-set><pin digest=\"SHA-256\">PIN_A</pin><pin digest=\"SHA-256\">PIN_B</pin></pin-set>",
                           more, "</domain-config>"));
}

TEST(AndroidElementsTest, TrustKitsAreRead) {
  EXPECT_EQ(Read("android", AndroidConfig("<domain>a.test</domain>", "<trustkit-config enforcePinning=\"true\"/>") +
                                "</network-security-config>"),
            "a.test: A B");
  EXPECT_EQ(
      Read("android", AndroidConfig("<domain>a.test</domain>",
                                    "<trustkit-config disableDefaultReportUri=\"true\" enforcePinning=\"false\">\n"
                                    "<report-uri>https://r.test</report-uri></trustkit-config>") +
                          "</network-security-config>"),
      "a.test: A B\n"
      "disableDefaultReportUri=true of <trustkit-config> (f:1:227) is not imported\n"
      "enforcePinning=false of <trustkit-config> (f:1:227) is not imported: the pins are enforced; report_only_until "
      "in "
      "the pin file needs an end\n"
      "<report-uri> of <trustkit-config> (f:2:1) is not imported: refused handshakes are events and log lines");
}

TEST(AndroidElementsTest, ElementsThatDoNotAffectPinsAreReported) {
  EXPECT_EQ(
      Read("android",
           AndroidConfig("<domain>a.test</domain>", "<certificateTransparency enabled=\"true\"/><domainEncryption/>") +
               "</network-security-config>"),
      "a.test: A B\n<certificateTransparency> (f:1:227) is not imported: Pinion does not look for certificates in "
      "public logs\n<domainEncryption> (f:1:268) is not imported");
}

// The pin file and the remarks, in one text.
std::string ImportOf(absl::string_view format, const std::string& text) {
  const auto pins = Parse(format, text);
  if (!pins.ok()) return std::string(pins.status().message());
  const auto imported = Import(*FindFormat(format), *pins, {});
  if (!imported.ok()) return std::string(imported.status().message());
  return absl::StrCat(imported->pin_file, absl::StrJoin(imported->remarks, "\n"));
}

TEST(ExcludedSubdomainTest, NoWildcardCoversWhatAndroidDoesNotPin) {
  const std::string pinned = AndroidConfig("<domain includeSubdomains=\"true\">a.test</domain>");
  const auto excluding = [&pinned](absl::string_view host) {
    return ImportOf("android", absl::StrCat(pinned, "<domain-config><domain>", host,
                                            "</domain></domain-config></network-security-config>"));
  };
  EXPECT_THAT(
      excluding("Public.a.test"),
      AllOf(Not(HasSubstr("\"*.a.test\"")),
            HasSubstr("*.a.test is not imported, for it would pin public.a.test too, which is not pinned there")));
  // The wildcard does not cover these.
  for (const char* host : {"b.test", "a.test.b.test", "deep.down.a.test"}) {
    EXPECT_THAT(excluding(host), HasSubstr("\"*.a.test\"")) << host;
  }
}

std::string TrustKitDomain(absl::string_view domain, absl::string_view settings) {
  return absl::StrCat("<key>", domain, "</key><dict>", settings, "</dict>");
}

TEST(ExcludedSubdomainTest, NoWildcardCoversWhatTrustKitExcludes) {
  const std::string hashes =
      With("<key>TSKPublicKeyHashes</key><array><string>PIN_A</string><string>PIN_B</string></array>");
  const std::string excluded = "<key>TSKExcludeSubdomainFromParentPolicy</key><true/>";
  const auto read = [](const std::string& domains) {
    return ImportOf("trustkit", absl::StrCat("<dict><key>TSKPinnedDomains</key><dict>", domains, "</dict></dict>"));
  };
  const std::string parent = TrustKitDomain("a.test", "<key>TSKIncludeSubdomains</key><true/>" + hashes);
  EXPECT_THAT(read(parent + TrustKitDomain("public.a.test", excluded)),
              AllOf(Not(HasSubstr("\"*.a.test\"")), HasSubstr("it would pin public.a.test too")));
  EXPECT_THAT(read(parent + TrustKitDomain("public.b.test", excluded)), HasSubstr("\"*.a.test\""));
  EXPECT_THAT(read(TrustKitDomain("public.a.test", excluded + hashes)),
              HasSubstr("TSKExcludeSubdomainFromParentPolicy excludes a domain that has pins"));
}

}  // namespace
}  // namespace pinion::cli
