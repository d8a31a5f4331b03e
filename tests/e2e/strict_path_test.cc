// Faults for which Pinion's path check is stricter than OpenSSL's inside gRPC, on both sides of a live connection.
#include <gtest/gtest.h>
#include <openssl/obj_mac.h>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/x509/pki/issue.h"
#include "tests/e2e/raw_tls_client.h"
#include "tests/e2e/stock_server.h"
#include "tests/x509/resigned.h"

namespace pinion::testing {
namespace {

struct Case {
  const char* name;
  int extension;
  const char* value;  // empty: without it
  v1::Reason reason;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

// The legitimate party's certificate with one extension changed.
IssuedCertificate Changed(const Lab& lab, IssuedCertificate certificate, const Case& how) {
  certificate.chain.front() = x509::Resigned(certificate.chain.front(), lab.ca().issuer().key, [&how](X509* leaf) {
    x509::SetExtension(leaf, how.extension, how.value);
  });
  return certificate;
}

class StrictPath : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Leaf, StrictPath,
                         ::testing::Values(Case{"ThatMaySignCertificates", NID_key_usage,
                                                "critical,digitalSignature,keyCertSign", v1::WRONG_PURPOSE},
                                           Case{"ThatMaySignNoHandshake", NID_key_usage, "critical,keyAgreement",
                                                v1::WRONG_PURPOSE}),
                         [](const auto& info) { return info.param.name; });

TEST_P(StrictPath, RefusesTheServer) {
  const Lab lab;
  EXPECT_THAT(CallStockServer(lab, Changed(lab, lab.server(), GetParam())), IsRefusedFor(GetParam().reason));
}

TEST_P(StrictPath, RefusesTheClient) {
  const Lab lab;
  const IssuedCertificate client = Changed(lab, lab.client(), GetParam());
  const EchoServer echo(lab.OptionsForServer(lab.server()));
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &client).Connect(echo.port()).served, Served::kNo);
  EXPECT_THAT(lab.server_events().WaitForHandshake().value_or(HandshakeEvent()), IsRefusedFor(GetParam().reason));
}

// Signing again by itself causes no refusal.
TEST(StrictPathControl, AcceptsALeafThatIsMerelySignedAgain) {
  const Lab lab;
  const Case same = {"", NID_key_usage, "critical,digitalSignature", v1::ACCEPTED};
  EXPECT_THAT(CallStockServer(lab, Changed(lab, lab.server(), same)), IsOk());
}

// RFC 5280 requires it of CAs that issue certificates; its absence does not help an impostor.
TEST(StrictPathControl, AcceptsALeafWithoutAuthorityKeyIdentifier) {
  const Lab lab;
  const Case without = {"", NID_authority_key_identifier, "", v1::ACCEPTED};
  EXPECT_THAT(CallStockServer(lab, Changed(lab, lab.server(), without)), IsOk());
}

}  // namespace
}  // namespace pinion::testing
