// What a workload counts, over real connections.
#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "absl/strings/str_replace.h"
#include "pinion/testing/echo_server.h"
#include "pinion/workload.h"
#include "tests/e2e/conversation.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

auto Handshakes(Side side, const std::string& peer, v1::Reason reason, int64_t count) {
  return AllOf(Field(&HandshakeCount::side, side), Field(&HandshakeCount::peer, peer),
               Field(&HandshakeCount::reason, reason), Field(&HandshakeCount::count, count));
}
auto Calls(bool allowed, const std::string& reason, const std::string& rule, int64_t count) {
  return AllOf(Field(&CallCount::allowed, allowed), Field(&CallCount::reason, reason), Field(&CallCount::rule, rule),
               Field(&CallCount::count, count));
}

class MetricsTest : public PartiesTest {
 protected:
  // Another pin set for the server, where the client's key has this state.
  void WritePinsWithClient(int version, const char* state) { WritePins("server", version, "ACTIVE", "BACKUP", state); }
};

TEST_F(MetricsTest, HandshakesAndConnectionsAreCountedByPeer) {
  const EchoServer server(From("server"));
  const auto client = OrDie(Workload::Create(From("client")));
  const auto channel = lab_.CreateChannelTo(server.address(), *client);
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_THAT(client->Metrics().handshakes, ElementsAre(Handshakes(Side::kClient, "server", v1::ACCEPTED, 1)));
  EXPECT_THAT(server.workload()->Metrics().handshakes,
              ElementsAre(Handshakes(Side::kServer, "client", v1::ACCEPTED, 1)));
  EXPECT_THAT(client->Metrics().pin_matches,
              ElementsAre(AllOf(Field(&PinMatchCount::peer, "server"), Field(&PinMatchCount::state, v1::ACTIVE),
                                Field(&PinMatchCount::count, 1))));
  ASSERT_TRUE(WaitUntil([&] { return !server.workload()->Metrics().connections.empty(); }));
  EXPECT_THAT(server.workload()->Metrics().connections,
              ElementsAre(AllOf(Field(&ConnectionCount::peer, "client"), Field(&ConnectionCount::count, 1))));
  EXPECT_THAT(server.workload()->Status().connections, ElementsAre(Field(&ConnectionStatus::pin_state, v1::ACTIVE)));
  EXPECT_THAT(client->CheckReady(), IsOk());
}

// An entry for each would let a client fill the memory of the server, and of what monitors it.
TEST_F(MetricsTest, ClientsThatAreNotListedShareOneEntry) {
  const EchoServer server(From("server"));
  for (const char* const name : {"spiffe://lab.test/one", "spiffe://lab.test/two"}) {
    EXPECT_THAT(Echo(lab_.ChannelTo(server.address(), lab_.OptionsForClient(lab_.ca().Issue({name})))), IsOk());
  }
  const IssuedCertificate impostor = lab_.ca().Issue({Lab::kClientIdentity});
  const TestCa other("CA of somebody else");
  EXPECT_FALSE(Echo(lab_.ChannelTo(server.address(), lab_.OptionsForClient(impostor))).ok());
  EXPECT_THAT(server.workload()->Metrics().handshakes,
              UnorderedElementsAre(
                  Handshakes(Side::kServer, "", v1::ACCEPTED, 2),
                  AllOf(Field(&HandshakeCount::peer, "client"), Field(&HandshakeCount::reason, v1::PIN_MISMATCH))));
  const std::vector<HandshakeEvent> refusals = server.workload()->Status().refusals;
  ASSERT_EQ(refusals.size(), 1);
  EXPECT_EQ(refusals[0].reason, v1::PIN_MISMATCH);
  EXPECT_EQ(refusals[0].peer, "client");
  EXPECT_EQ(refusals[0].presented_pin, impostor.SpkiPin());
}

TEST_F(MetricsTest, CallsAreCountedWithTheRuleThatDeniesThem) {
  const std::string deny = R"({"name": "p", "deny_rules": [{"name": "no-streams", "request": {"paths": ["*Echo"]}}],)"
                           R"( "allow_rules": [{"name": "none", "request": {"paths": ["/a/B"]}}]})";
  const EchoServer server(From("server"));
  const auto channel = lab_.ChannelTo(server.address());
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_THAT(server.workload()->Metrics().calls, ElementsAre(Calls(true, "ALLOW_RULE", "", 2)));
  Write("server", "policy.json", deny);
  server.workload()->Reload();
  EXPECT_FALSE(Echo(channel).ok());
  // The counts outlive the policy.
  Write("server", "policy.json", absl::StrReplaceAll(deny, {{"*Echo", "*Stream"}}));
  server.workload()->Reload();
  EXPECT_FALSE(Echo(channel).ok());
  EXPECT_THAT(server.workload()->Metrics().calls,
              UnorderedElementsAre(Calls(true, "ALLOW_RULE", "", 2), Calls(false, "DENY_RULE", "no-streams", 1),
                                   Calls(false, "NO_RULE", "", 1)));
}

TEST_F(MetricsTest, ARevocationIsTimedUntilItsLastConnectionIsClosed) {
  const EchoServer server(From("server"));
  const auto client = OrDie(Workload::Create(From("client")));
  Conversation conversation(lab_.CreateChannelTo(server.address(), *client));
  EXPECT_TRUE(conversation.Exchange());
  ASSERT_TRUE(WaitUntil([&] { return !server.workload()->Metrics().connections.empty(); }));
  const auto count = [](const Distribution& of) {
    return std::accumulate(of.counts.begin(), of.counts.end(), int64_t{0});
  };
  EXPECT_EQ(count(server.workload()->Metrics().reload_to_force), 0);
  WritePinsWithClient(2, "REVOKED");
  server.workload()->Reload();
  ASSERT_TRUE(WaitUntil([&] { return server.workload()->Metrics().connections.empty(); }));
  const WorkloadMetrics metrics = server.workload()->Metrics();
  EXPECT_THAT(metrics.closed_connections, ElementsAre(AllOf(Field(&ClosedConnectionCount::reason, v1::PIN_REVOKED),
                                                            Field(&ClosedConnectionCount::closed_immediately, true),
                                                            Field(&ClosedConnectionCount::count, 1))));
  EXPECT_GE(count(metrics.reload_to_force), 1);
  EXPECT_EQ(count(metrics.reload_to_close), 1);
  EXPECT_GE(metrics.reload_to_close.sum, metrics.reload_to_force.sum);
  Write("server", "pins.json", "{");
  server.workload()->Reload();
  const auto is_rejected = [](const ReloadCount& one) { return one.source == "pin_set" && !one.adopted; };
  const std::vector<ReloadCount> reloads = server.workload()->Metrics().reloads;
  ASSERT_EQ(std::count_if(reloads.begin(), reloads.end(), is_rejected), 1);
}

TEST_F(MetricsTest, AConnectionThatHasEndedIsNotCounted) {
  const auto client = OrDie(Workload::Create(From("client")));
  auto server = std::make_unique<EchoServer>(From("server"));
  const auto channel = lab_.CreateChannelTo(server->address(), *client);
  EXPECT_THAT(Echo(channel), IsOk());
  ASSERT_TRUE(WaitUntil([&] { return !client->Metrics().connections.empty(); }));
  server.reset();
  EXPECT_TRUE(WaitUntil([&] { return client->Metrics().connections.empty(); }));
}

// The counts do not depend on the application's sink.
class ThrowingSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& /*event*/) override { throw std::runtime_error("no"); }
};

TEST_F(MetricsTest, AreExactWhereTheSinkLosesEvents) {
  const EchoServer server(From("server", std::make_shared<ThrowingSink>()));
  EXPECT_THAT(Echo(lab_.ChannelTo(server.address())), IsOk());
  const WorkloadMetrics metrics = server.workload()->Metrics();
  EXPECT_THAT(metrics.handshakes, ElementsAre(Handshakes(Side::kServer, "client", v1::ACCEPTED, 1)));
  EXPECT_EQ(metrics.events_lost, 1);
}

// A load balancer must not send calls to a process that its clients refuse.
TEST_F(MetricsTest, AProcessThatIsNoLongerAcceptedIsNotReady) {
  const auto client = OrDie(Workload::Create(From("client")));
  EXPECT_THAT(client->CheckReady(), IsOk());
  WritePins("client", 2, "ACTIVE", "BACKUP", "REVOKED");
  client->Reload();
  EXPECT_EQ(client->Status().pin_set_version, 2);
  EXPECT_THAT(std::string(client->CheckReady().message()), ::testing::HasSubstr("PIN_REVOKED"));
}

TEST_F(MetricsTest, WhatEndsFirstIsListedFirst) {
  const auto client = OrDie(Workload::Create(From("client")));
  const std::vector<EndingStatus> endings = client->Status().endings;
  ASSERT_THAT(endings, ::testing::SizeIs(2));
  EXPECT_THAT(endings[0].what, ::testing::StartsWith("our certificate"));
  EXPECT_LE(endings[0].ends, endings[1].ends);
  EXPECT_THAT(client->Status().own_names, ElementsAre(Lab::kClientIdentity));
  EXPECT_EQ(client->Status().own_pin, lab_.client().SpkiPin());
  EXPECT_THAT(client->Status().refusals, IsEmpty());
}

}  // namespace
}  // namespace pinion::testing
