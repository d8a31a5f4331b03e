// The CAs that judge peers are CAs, and nothing else is in their file.
#include "pinion/identity/peer_roots.h"

#include <gtest/gtest.h>

#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"

namespace pinion {
namespace {

using testing::HoldsNoLineOf;
using testing::IssuedCertificate;
using testing::OrDie;
using ::testing::StartsWith;
using testing::TestCa;

class PeerRootsTest : public ::testing::Test {
 protected:
  // The error for the text, with nothing of a private key in it.
  std::string ErrorOf(const std::string& pem) const {
    const auto roots = PeerRootsFromPem(kClientRoots, pem);
    EXPECT_EQ(roots.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(roots.status().message()), HoldsNoLineOf(leaf_.PrivateKeyPem()));
    return std::string(roots.status().message());
  }

  const TestCa ca_;
  const IssuedCertificate leaf_ = ca_.Issue({"a.test"});
};

TEST_F(PeerRootsTest, HoldTheCasThatTheyWereGiven) {
  EXPECT_EQ(OrDie(PeerRootsFromPem(kServerRoots, ca_.RootPem()))->ToPem(), ca_.RootPem());
}

TEST_F(PeerRootsTest, AreNeverEmptyAndNothingButCertificates) {
  EXPECT_EQ(ErrorOf(""), "trust: client_roots: there is no certificate in it");
  EXPECT_EQ(ErrorOf(leaf_.PrivateKeyPem()), "trust: client_roots: a block is not a certificate but \"PRIVATE KEY\"");
  EXPECT_THAT(ErrorOf(ca_.RootPem() + ca_.RootPem().substr(0, 300)), StartsWith("trust: client_roots: "));
}

TEST_F(PeerRootsTest, AreNothingButCas) {
  EXPECT_THAT(ErrorOf(ca_.RootPem() + leaf_.CertificatePem()),
              StartsWith("trust: client_roots: a trust root must be a CA (X.509 version 3, basicConstraints CA:TRUE): "
                         "subject \"CN=test leaf\", "));
}

}  // namespace
}  // namespace pinion
