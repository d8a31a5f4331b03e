// The public test harness keeps its promises.
#include "pinion/testing/lab.h"

#include <gtest/gtest.h>

#include "pinion/handshake/verdict.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/matchers.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StringMatchResultListener;

template <typename Matcher, typename Value>
std::string Explanation(const Matcher& matcher, const Value& value) {
  StringMatchResultListener listener;
  ::testing::ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

TEST(LabTest, IsTwoLinesAwayFromAStubOnMutualTls) {
  EchoService service;
  Lab lab;
  auto stub = v1::Echo::NewStub(lab.ChannelTo(lab.Serve(&service)));
  grpc::ClientContext context;
  v1::EchoRequest request;
  v1::EchoResponse response;
  request.set_message("hello");
  EXPECT_THAT(stub->UnaryEcho(&context, request, &response), IsOk());
  EXPECT_EQ(response.message(), "hello");
  const auto properties = context.auth_context();
  EXPECT_TRUE(properties->IsPeerAuthenticated());
  EXPECT_THAT(lab.server_events().handshakes(), SizeIs(1));
}

TEST(LabTest, ServesSeveralServicesAtOnce) {
  EchoService service;
  Lab lab;
  const std::string first = lab.Serve(&service);
  const std::string second = lab.Serve(&service);
  EXPECT_NE(first, second);
  EXPECT_THAT(Echo(lab.ChannelTo(first)), IsOk());
  EXPECT_THAT(Echo(lab.ChannelTo(second)), IsOk());
}

TEST(LabTest, LabsKnowNothingOfEachOther) {
  const Lab one;
  const Lab other;
  const EchoServer echo(one.OptionsForServer(one.server()));
  EXPECT_THAT(Echo(one.ChannelTo(echo.address())), IsOk());
  EXPECT_THAT(Echo(other.ChannelTo(echo.address())), Not(IsOk()));
}

TEST(LabTest, MakesAFreshImpostorEachTime) {
  const Lab lab;
  const IssuedCertificate one = lab.Impostor();
  EXPECT_NE(one.SpkiPin(), lab.Impostor().SpkiPin());
  EXPECT_THAT(lab.CallServerWith(one), IsRefusedFor(v1::PIN_MISMATCH));
}

TEST(LabTest, JudgesAClientAsTheServerDoes) {
  const Lab lab;
  EXPECT_THAT(lab.CallClientWith(lab.client()), IsAccepted());
  EXPECT_THAT(lab.CallClientWith(lab.ca().Issue({Lab::kClientIdentity})), IsRefusedFor(v1::PIN_MISMATCH));
  EXPECT_THAT(lab.CallClientWith(lab.client()), IsAccepted()) << "each call gives its own event";
}

TEST(LabTest, MovesTheClockOfBothSides) {
  Lab lab;
  const WorkloadOptions server = lab.OptionsForServer(lab.server());
  const WorkloadOptions client = lab.OptionsForClient(lab.client());
  lab.clock().Advance(absl::Hours(5));
  EXPECT_LT(absl::AbsDuration(server.clock() - absl::Now() - absl::Hours(5)), absl::Minutes(1));
  EXPECT_LT(absl::AbsDuration(client.clock() - absl::Now() - absl::Hours(5)), absl::Minutes(1));
}

TEST(LabTest, RefusesToGoOnWithWhatItCannotDo) {
  Lab lab;
  lab.pin_set().mutable_peers(0)->clear_name();
  EXPECT_DEATH(lab.OptionsForClient(lab.client()),
               "pinion/testing: INVALID_ARGUMENT: pin_set:1:23: peers.0..name: is not a peer");
}

TEST(MatchersTest, ShowWhatWasFoundInstead) {
  const grpc::Status refused(grpc::StatusCode::UNAVAILABLE, "refused by Pinion: PIN_MISMATCH: why");
  EXPECT_THAT(refused, IsRefusedFor(v1::PIN_MISMATCH));
  EXPECT_THAT(refused, Not(IsRefusedFor(v1::PIN_REVOKED)));
  EXPECT_EQ(Explanation(IsRefusedFor(v1::PIN_REVOKED), refused), "which is PIN_MISMATCH");
  EXPECT_EQ(::testing::DescribeMatcher<grpc::Status>(IsRefusedFor(v1::PIN_REVOKED)), "is refused for PIN_REVOKED");
  EXPECT_EQ(Explanation(IsOk(), refused), "which is 14: refused by Pinion: PIN_MISMATCH: why");
  EXPECT_EQ(Explanation(IsAccepted(), HandshakeEvent()), "which is REASON_UNSPECIFIED");
  EXPECT_THAT(Verdict(), Not(IsAccepted()));
}

TEST(MatchersTest, CompareCodeAndMessage) {
  const absl::StatusOr<int> missing = absl::NotFoundError("no such thing");
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound, HasSubstr("such")));
  EXPECT_THAT(missing, Not(StatusIs(absl::StatusCode::kInternal, HasSubstr("such"))));
  EXPECT_THAT(missing, Not(StatusIs(absl::StatusCode::kNotFound, HasSubstr("other"))));
  EXPECT_THAT(missing.status(), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
}

TEST(MatchersTest, FindTheLinesOfASecret) {
  const std::string secret = "-----BEGIN\nMIGHAgEAMBMG\nx\n";
  EXPECT_THAT("nothing of it, x", HoldsNoLineOf(secret));
  EXPECT_THAT("last read: 'MIGHAgEAMBMG'", Not(HoldsNoLineOf(secret)));
}

}  // namespace
}  // namespace pinion::testing
