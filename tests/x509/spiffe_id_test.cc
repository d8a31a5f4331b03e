// SPIFFE IDs by the rules of SPIFFE-ID §2 and X509-SVID.
#include "pinion/x509/spiffe_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace pinion::x509 {
namespace {

using ::testing::HasSubstr;

TEST(SpiffeId, IsATrustDomainAndAPath) {
  for (const char* good : {"spiffe://dev/payments", "spiffe://prod.bank.example/ns/a/sa/B", "spiffe://a_b-1/x.y_z-0",
                           "spiffe://10.0.0.1/w", "spiffe://d/...", "spiffe://d/.hidden"}) {
    EXPECT_TRUE(CheckSpiffeId(good).ok()) << good;
  }
}

TEST(SpiffeId, IsRefusedForOneRuleEach) {
  const std::string path(2049, 'p');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://dev/payments", "must begin with spiffe://"},
      {"SPIFFE://dev/payments", "must begin with spiffe://, in lower case"},
      {"spiffe:/dev/payments", "must begin with spiffe://"},
      {"spiffe:///payments", "no trust domain"},
      {"spiffe://" + std::string(256, 'd') + "/payments", "longer than 255 bytes"},
      {"spiffe://Dev/payments", "a trust domain has lower-case letters"},
      {"spiffe://dev:8443/payments", "no port"},
      {"spiffe://user@dev/payments", "no port, user"},
      {"spiffe://dev?q/payments", "query"},
      {"spiffe://d%65v/payments", "escape"},
      {"spiffe://dev", "no path, so it names a whole trust domain"},
      {"spiffe://dev/", "empty segment, or ends with '/'"},
      {"spiffe://dev/payments/", "ends with '/'"},
      {"spiffe://dev//payments", "empty segment"},
      {"spiffe://dev/./payments", "the segment \".\" or \"..\""},
      {"spiffe://dev/a/..", "the segment \".\" or \"..\""},
      {"spiffe://dev/payments?q", "a path has letters"},
      {"spiffe://dev/payments#f", "fragment"},
      {"spiffe://dev/p%61yments", "escape"},
      {"spiffe://dev/" + path, "longer than 2048 bytes"},
  };
  for (const auto& [uri, rule] : cases) {
    EXPECT_THAT(std::string(CheckSpiffeId(uri).message()), HasSubstr(rule)) << uri;
  }
}

TEST(SpiffeId, IsEscapedInTheError) {
  EXPECT_EQ(std::string(CheckSpiffeId("spiffe://d/\n").message()),
            "\"spiffe://d/\\n\" is not a SPIFFE ID: a path has letters, digits, '.', '-' and '_' alone: no query, "
            "fragment or escape");
}

TEST(SpiffeId, StandsAloneAmongTheUrisOfACertificate) {
  EXPECT_TRUE(CheckSpiffeIds({}).ok());
  EXPECT_TRUE(CheckSpiffeIds({"https://a/b", "urn:c"}).ok()) << "Pinion has no rules for other URIs";
  EXPECT_TRUE(CheckSpiffeIds({"spiffe://dev/a"}).ok());
  EXPECT_THAT(std::string(CheckSpiffeIds({"https://a/b", "spiffe://dev/a"}).message()), HasSubstr("no other URI"));
  EXPECT_THAT(std::string(CheckSpiffeIds({"Spiffe://dev/a"}).message()), HasSubstr("lower case"));
}

}  // namespace
}  // namespace pinion::x509
