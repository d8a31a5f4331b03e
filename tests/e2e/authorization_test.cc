// A server's policy, from its file to its calls.
#include <grpcpp/create_channel.h>

#include "pinion/testing/echo_server.h"
#include "pinion/workload.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

class AuthorizationTest : public PartiesTest {
 protected:
  // {"name": NAME, "allow_rules": […]} with one rule for these principals and paths.
  static std::string Policy(const std::string& name, const std::string& principal, const std::string& path) {
    return absl::StrCat(R"({"name": ")", name, R"(", "allow_rules": [{"name": "only", "source": {"principals": [")",
                        principal, R"("]}, "request": {"paths": [")", path, R"("]}}]})");
  }
  void WritePolicy(const std::string& text) { Write("server", "policy.json", text); }
  void AddToServersConfig(const std::string& member) {
    WriteConfig("server", absl::StrCat(R"("trust": {"client_roots_file": "ca.pem"}, "server": {)",
                                       R"("unlisted_clients": "ACCEPT", "authorization_policy_file": "policy.json", )",
                                       member, "}"));
  }
  grpc::Status Call(const std::string& address) { return Echo(lab_.ChannelTo(address)); }

  static constexpr char kUnary[] = "/pinion.v1.Echo/UnaryEcho";
  static constexpr char kStream[] = "/pinion.v1.Echo/BidirectionalEcho";
};

MATCHER(IsDenied, "is the status of a denied call") {
  return arg.error_code() == grpc::StatusCode::PERMISSION_DENIED &&
         arg.error_message() == "Unauthorized RPC request rejected.";
}

TEST_F(AuthorizationTest, WhatThePolicyDoesNotAllowIsDeniedAndAudited) {
  WritePolicy(Policy("one-method", Lab::kClientIdentity, kStream));
  const EchoServer server(From("server", events_));
  const auto channel = lab_.ChannelTo(server.address());
  EXPECT_THAT(Echo(channel), IsDenied());
  Conversation conversation(channel);
  EXPECT_TRUE(conversation.Exchange());
  ASSERT_TRUE(WaitUntil([&] { return !events_->audits().empty(); }));
  const AuditEvent event = events_->audits().front();
  EXPECT_EQ(event.rpc_method, kUnary);
  EXPECT_EQ(event.principal, Lab::kClientIdentity);
  EXPECT_EQ(event.peer, "client");
  EXPECT_EQ(event.pin, lab_.client().SpkiPin());
  EXPECT_EQ(event.subject, "CN=test leaf");
  EXPECT_EQ(event.decision.policy_name, "one-method");
  EXPECT_FALSE(event.decision.authorized);
}

TEST_F(AuthorizationTest, AReplacedPolicyDecidesTheNextCallOfALiveChannel) {
  WritePolicy(Policy("before", "nobody", kUnary));
  const EchoServer server(From("server"));
  const auto channel = lab_.ChannelTo(server.address());
  EXPECT_THAT(Echo(channel), IsDenied());
  WritePolicy(Policy("after", Lab::kClientIdentity, kUnary));
  server.workload()->Reload();
  EXPECT_THAT(Echo(channel), IsOk());
  WritePolicy("{");
  server.workload()->Reload();
  EXPECT_THAT(Echo(channel), IsOk());  // the last good policy stays active
  EXPECT_THAT(std::string(server.workload()->Status().policy->error.message()),
              ::testing::HasSubstr("policy.json:1:2: not JSON"));
}

TEST_F(AuthorizationTest, APrincipalMayBeAPeerOfThePinSet) {
  WritePolicy(Policy("peers", "peer:client", kUnary));
  const EchoServer server(From("server"));
  EXPECT_THAT(Call(server.address()), IsOk());
  const IssuedCertificate stranger = lab_.ca().Issue({"spiffe://lab.test/stranger"});
  EXPECT_THAT(Echo(lab_.ChannelTo(server.address(), lab_.OptionsForClient(stranger))), IsDenied());
}

TEST_F(AuthorizationTest, AShadowPolicyReportsItsDecisionAndDecidesNothing) {
  AddToServersConfig(R"("shadow_policy_file": "shadow.json")");
  Write("server", "shadow.json", Policy("stricter", Lab::kClientIdentity, kStream));
  const EchoServer server(From("server", events_));
  EXPECT_THAT(Call(server.address()), IsOk());
  ASSERT_TRUE(WaitUntil([&] { return !events_->audits().empty(); }));
  const AuditEvent event = events_->audits().front();
  EXPECT_TRUE(event.decision.authorized);
  EXPECT_EQ(event.decision.policy_name, "all");
  ASSERT_TRUE(event.shadow.has_value());
  EXPECT_FALSE(event.shadow->authorized);
  EXPECT_EQ(event.shadow->policy_name, "stricter");
}

TEST_F(AuthorizationTest, NothingServesWithoutAPolicy) {
  WorkloadOptions options = lab_.OptionsForServer(lab_.server());
  options.server->authorization = v1::AUTHORIZATION_UNSPECIFIED;
  EXPECT_THAT(Workload::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "WorkloadOptions: server.authorization_policy is missing; set server.authorization to "
                       "ALLOW_EVERY_AUTHENTICATED_PEER to let every peer that the handshake accepts call everything"));
}

TEST_F(AuthorizationTest, OneBuilderListensOnce) {
  const auto workload = OrDie(Workload::Create(lab_.OptionsForServer(lab_.server())));
  grpc::ServerBuilder builder;
  const auto first = OrDie(workload->Listen(builder, "127.0.0.1:0"));
  EXPECT_THAT(workload->Listen(builder, "127.0.0.1:0"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "this builder already listens; make a second server for a second address"));
}

TEST_F(AuthorizationTest, CredentialsAloneRefuseAPolicyTheyWouldNotEnforce) {
  const WorkloadOptions none = lab_.OptionsForServer(lab_.server());
  EXPECT_THAT(OrDie(Workload::Create(none))->ServerCredentials(), IsOk());
  WorkloadOptions fixed = none;
  fixed.server->authorization = v1::AUTHORIZATION_UNSPECIFIED;
  fixed.server->authorization_policy = DataSource::Text(kAllowAll);
  WorkloadOptions shadow = fixed;
  shadow.server->shadow_policy = DataSource::Text(kAllowAll);
  for (const WorkloadOptions& options : {fixed, shadow, From("server")}) {
    EXPECT_THAT(OrDie(Workload::Create(options))->ServerCredentials(),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         "credentials alone enforce no policy; use Listen, or ALLOW_EVERY_AUTHENTICATED_PEER"));
  }
}

TEST_F(AuthorizationTest, AllowingEveryAuthenticatedPeerAllowsNoOtherCaller) {
  EchoService echo;
  grpc::ServerBuilder builder;
  const auto workload = OrDie(Workload::Create(lab_.OptionsForServer(lab_.server())));
  const auto listener = OrDie(workload->Listen(builder, "127.0.0.1:0"));
  int open_port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &open_port);
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto open = grpc::CreateChannel(absl::StrCat("127.0.0.1:", open_port), grpc::InsecureChannelCredentials());
  EXPECT_THAT(Echo(open), IsDenied());
  EXPECT_THAT(Echo(server->InProcessChannel({})), IsDenied());
  EXPECT_THAT(Call(absl::StrCat("127.0.0.1:", listener->port())), IsOk());
  server->Shutdown(std::chrono::system_clock::now());
}

}  // namespace
}  // namespace pinion::testing
