#include "pinion/connection/connection_table.h"

#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"
#include "pinion/x509/certificate.h"

namespace pinion {
namespace {

using testing::Lab;
using testing::OrDie;

class ConnectionTableTest : public ::testing::Test {
 protected:
  // A closed connection.
  LiveSocket Closed() {
    LiveSocket socket;
    socket.id = ++last_id_;
    socket.endpoints = {"127.0.0.1:443", absl::StrCat("127.0.0.1:", last_id_ % 60000)};
    socket.leaf_pem = lab_.client().CertificatePem();
    return socket;
  }

  Lab lab_;
  int64_t last_id_ = 0;
  absl::Time now_ = absl::Now();
  const std::shared_ptr<const PeerVerifier> verifier_ = std::make_shared<const PeerVerifier>(
      OrDie(x509::TrustRoots::FromPem(lab_.ca().RootPem())), OrDie(PinSet::FromProto(lab_.pin_set())), v1::ACCEPT);
  int judged_ = 0;
  const std::shared_ptr<ConnectionVerifier> connection_verifier_ = std::make_shared<ConnectionVerifier>(
      [this] {
        ++judged_;
        return verifier_;
      },
      ConnectionVerifier::Settings{PeerRole::kClient, /*events=*/nullptr, /*last_refusals=*/nullptr,
                                   [this] { return now_; }});
  const std::function<absl::flat_hash_set<int64_t>(const EndpointsById&)> close_ =
      [this](const EndpointsById& sockets) {
        absl::flat_hash_set<int64_t> closed;
        for (const auto& [id, endpoints] : sockets) {
          closer_.ShutDown({endpoints});
          closed.insert(id);
        }
        return closed;
      };
  SocketCloser closer_;
  ConnectionTable connections_{ConnectionTable::Settings{Side::kServer, connection_verifier_, /*events=*/nullptr,
                                                         [this] { return now_; }, absl::Minutes(1), close_,
                                                         [](int64_t) { return false; }}};
};

bool IsOpen(const Endpoints& endpoints) { return ServersCallsInFlight().contains(endpoints); }

// The connection of the process's only server.
LiveSocket OnlySocket() {
  LiveSocket socket;
  socket.id = 1;
  socket.endpoints = ServersCallsInFlight().begin()->first;
  return socket;
}

// A server once kept each connection, with its certificate, until its files changed: short-lived clients made it grow
// without limit, and slower with each.
TEST_F(ConnectionTableTest, ForgetsClosedConnectionsWithoutAnyChange) {
  for (int i = 0; i < 10000; ++i) {
    connections_.Add(Closed(), "");
    connections_.JudgeDue();
    ASSERT_LE(connections_.size(), 64);
  }
}

TEST_F(ConnectionTableTest, WithNothingDueJudgesNewConnectionsAlone) {
  for (int i = 0; i < 50; ++i) connections_.Add(Closed(), "");
  EXPECT_EQ(connections_.JudgeDue().next, absl::Minutes(1));
  EXPECT_EQ(judged_, 50);
  connections_.Add(Closed(), "");
  connections_.JudgeDue();
  EXPECT_EQ(judged_, 51);
  connections_.JudgeDue();
  EXPECT_EQ(judged_, 51);
  connections_.Judge();
  EXPECT_EQ(judged_, 51 + 51);
}

TEST_F(ConnectionTableTest, AllAreDueWhenOneVerdictRunsOut) {
  for (int i = 0; i < 10; ++i) connections_.Add(Closed(), "");
  connections_.JudgeDue();
  // The certificate of the next connection expires now.
  now_ = OrDie(x509::Certificate::FromDer(lab_.client().chain.front())).not_after() - absl::Nanoseconds(1);
  connections_.Add(Closed(), "");
  connections_.JudgeDue();
  EXPECT_EQ(judged_, 11);
  EXPECT_TRUE(connections_.is_due());
  connections_.JudgeDue();
  EXPECT_EQ(judged_, 11 + 11);
}

// A slow sink: the connection could end meanwhile.
class SlowSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& /*event*/) override {}
  void OnConnection(const ConnectionEvent& /*event*/) override {
    ++events;
    saw_it_end = testing::WaitUntil([this] { return !IsOpen(connection); });
  }
  Endpoints connection;
  int events = 0;
  bool saw_it_end = false;
};

// Such a connection was once ignored, and stayed open.
TEST_F(ConnectionTableTest, AConnectionThatCannotBeIdentifiedIsClosedAtOnce) {
  const testing::EchoServer server(lab_.OptionsForServer(lab_.server()));
  const auto channel = lab_.ChannelTo(server.address());
  ASSERT_TRUE(testing::Echo(channel).ok());
  const LiveSocket socket = OnlySocket();
  connections_.Add(socket, "");
  EXPECT_FALSE(connections_.JudgeDue().drain);
  EXPECT_TRUE(testing::WaitUntil([&] { return !IsOpen(socket.endpoints); }));
}

// Once, a slow sink delayed the closing of every revoked connection.
TEST_F(ConnectionTableTest, RevokedConnectionsAreClosedBeforeTheirEventsAreSent) {
  const testing::EchoServer server(lab_.OptionsForServer(lab_.server()));
  const auto channel = lab_.ChannelTo(server.address());
  ASSERT_TRUE(testing::Echo(channel).ok());
  LiveSocket socket = OnlySocket();
  socket.leaf_pem = lab_.client().CertificatePem();
  v1::PinSet pins;
  pins.set_version(1);
  v1::Peer* const client = pins.add_peers();
  client->set_name("client");
  client->add_identities(Lab::kClientIdentity);
  const auto add = [client](const std::string& pin, v1::PinState state) {
    v1::Pin* const added = client->add_pins();
    added->set_spki(pin);
    added->set_state(state);
  };
  add(lab_.client().SpkiPin(), v1::REVOKED);
  add(lab_.Impostor().SpkiPin(), v1::ACTIVE);
  add(lab_.Impostor().SpkiPin(), v1::BACKUP);
  const auto revoking = std::make_shared<const PeerVerifier>(OrDie(x509::TrustRoots::FromPem(lab_.ca().RootPem())),
                                                             OrDie(PinSet::FromProto(pins)), v1::ACCEPT);
  const auto connection_verifier = std::make_shared<ConnectionVerifier>(
      [revoking] { return revoking; },
      ConnectionVerifier::Settings{PeerRole::kClient, /*events=*/nullptr, /*last_refusals=*/nullptr, absl::Now});
  const auto sink = std::make_shared<SlowSink>();
  sink->connection = socket.endpoints;
  ConnectionTable connections(
      {Side::kServer, connection_verifier, sink, absl::Now, absl::Minutes(1), close_, [](int64_t) { return true; }});
  connections.Add(socket, "");
  connections.JudgeDue();
  EXPECT_EQ(sink->events, 1);
  EXPECT_TRUE(sink->saw_it_end);
}

}  // namespace
}  // namespace pinion
