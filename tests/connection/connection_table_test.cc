#include "pinion/connection/connection_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
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
          closer_.ShutDown({endpoints}, OpenedDescriptors());
          closed.insert(id);
        }
        return closed;
      };
  SocketCloser closer_;
  const std::shared_ptr<ConnectionTable> table_ = std::make_shared<ConnectionTable>(
      ConnectionTable::Settings{/*events=*/nullptr, [this] { return now_; }, absl::Minutes(1)});
  const std::unique_ptr<OwnedConnections> owned_ =
      table_->Add({Side::kServer, connection_verifier_, close_, [](int64_t) { return false; }});
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
    owned_->Add(Closed(), "");
    owned_->JudgeDue();
    ASSERT_LE(owned_->size(), 64);
  }
}

TEST_F(ConnectionTableTest, WithNothingDueJudgesNewConnectionsAlone) {
  for (int i = 0; i < 50; ++i) owned_->Add(Closed(), "");
  EXPECT_EQ(owned_->JudgeDue().next, absl::Minutes(1));
  EXPECT_EQ(judged_, 50);
  owned_->Add(Closed(), "");
  owned_->JudgeDue();
  EXPECT_EQ(judged_, 51);
  owned_->JudgeDue();
  EXPECT_EQ(judged_, 51);
  owned_->Judge();
  EXPECT_EQ(judged_, 51 + 51);
}

TEST_F(ConnectionTableTest, AllAreDueWhenOneVerdictRunsOut) {
  for (int i = 0; i < 10; ++i) owned_->Add(Closed(), "");
  owned_->JudgeDue();
  // The certificate of the next connection expires now.
  now_ = OrDie(x509::Certificate::FromDer(lab_.client().chain.front())).not_after() - absl::Nanoseconds(1);
  owned_->Add(Closed(), "");
  owned_->JudgeDue();
  EXPECT_EQ(judged_, 11);
  EXPECT_TRUE(owned_->is_due());
  owned_->JudgeDue();
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
  owned_->Add(socket, "");
  EXPECT_FALSE(owned_->JudgeDue().drain);
  EXPECT_TRUE(testing::WaitUntil([&] { return !IsOpen(socket.endpoints); }));
}

// A verifier for which the client's key is REVOKED.
std::shared_ptr<ConnectionVerifier> RevokingVerifier(const Lab& lab) {
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
  add(lab.client().SpkiPin(), v1::REVOKED);
  add(lab.Impostor().SpkiPin(), v1::ACTIVE);
  add(lab.Impostor().SpkiPin(), v1::BACKUP);
  const auto verifier = std::make_shared<const PeerVerifier>(OrDie(x509::TrustRoots::FromPem(lab.ca().RootPem())),
                                                             OrDie(PinSet::FromProto(pins)), v1::ACCEPT);
  return std::make_shared<ConnectionVerifier>(
      [verifier] { return verifier; },
      ConnectionVerifier::Settings{PeerRole::kClient, /*events=*/nullptr, /*last_refusals=*/nullptr, absl::Now});
}

// Once, a slow sink delayed the closing of every revoked connection.
TEST_F(ConnectionTableTest, RevokedConnectionsAreClosedBeforeTheirEventsAreSent) {
  const testing::EchoServer server(lab_.OptionsForServer(lab_.server()));
  const auto channel = lab_.ChannelTo(server.address());
  ASSERT_TRUE(testing::Echo(channel).ok());
  LiveSocket socket = OnlySocket();
  socket.leaf_pem = lab_.client().CertificatePem();
  const auto sink = std::make_shared<SlowSink>();
  sink->connection = socket.endpoints;
  const auto table = std::make_shared<ConnectionTable>(ConnectionTable::Settings{sink, absl::Now, absl::Minutes(1)});
  const auto owned = table->Add({Side::kServer, RevokingVerifier(lab_), close_, [](int64_t) { return true; }});
  owned->Add(socket, "");
  owned->JudgeDue();
  EXPECT_EQ(sink->events, 0);
  table->Report();
  EXPECT_EQ(sink->events, 1);
  EXPECT_TRUE(sink->saw_it_end);
}

class CountingSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& /*event*/) override {}
  void OnConnection(const ConnectionEvent& event) override { addresses.push_back(event.address); }
  std::vector<std::string> addresses;
};

// A channel whose turn to judge came late kept a connection with a revoked key for that long.
TEST_F(ConnectionTableTest, OneWalkClosesTheRevokedConnectionsOfEveryOwner) {
  const auto sink = std::make_shared<CountingSink>();
  const auto table = std::make_shared<ConnectionTable>(ConnectionTable::Settings{sink, absl::Now, absl::Minutes(1)});
  std::vector<std::unique_ptr<OwnedConnections>> owners;
  std::vector<EndpointsById> closed(3);
  for (EndpointsById& mine : closed) {
    owners.push_back(table->Add({Side::kServer, RevokingVerifier(lab_),
                                 [&mine](const EndpointsById& closing) {
                                   absl::flat_hash_set<int64_t> ids;
                                   for (const auto& [id, endpoints] : closing) {
                                     ids.insert(id);
                                     mine[id] = endpoints;
                                   }
                                   return ids;
                                 },
                                 [](int64_t) { return true; }}));
    LiveSocket socket = Closed();
    socket.id = 7;  // each owner has its own ids
    owners.back()->Add(socket, "");
  }
  owners[2].reset();  // a channel that is destroyed; its connections are no longer the table's
  table->CloseRevoked();
  EXPECT_EQ(closed[0].size(), 1);
  EXPECT_EQ(closed[1].size(), 1);
  EXPECT_EQ(closed[2].size(), 0);
  EXPECT_TRUE(sink->addresses.empty());
  EXPECT_FALSE(owners[0]->Judge().drain);
  owners[1]->Judge();
  table->Report();
  table->Report();
  EXPECT_EQ(sink->addresses.size(), 2);
  EXPECT_EQ(closed[0].size(), 1);
}

TEST_F(ConnectionTableTest, AnOwnerIsRemovedAfterTheWalkThatClosesItsConnections) {
  const auto table =
      std::make_shared<ConnectionTable>(ConnectionTable::Settings{/*events=*/nullptr, absl::Now, absl::Minutes(1)});
  absl::Notification closing;
  absl::Notification go_on;
  auto owned = table->Add({Side::kServer, RevokingVerifier(lab_),
                           [&](const EndpointsById&) {
                             closing.Notify();
                             go_on.WaitForNotification();
                             return absl::flat_hash_set<int64_t>();
                           },
                           [](int64_t) { return true; }});
  owned->Add(Closed(), "");
  std::thread walk([&] { table->CloseRevoked(); });
  closing.WaitForNotification();
  EXPECT_EQ(owned->size(), 1);  // nothing else waits for it
  std::atomic<bool> removed{false};
  std::thread remove([&] {
    owned.reset();
    removed = true;
  });
  EXPECT_FALSE(testing::WaitUntil([&] { return removed.load(); }, absl::Milliseconds(50)));
  go_on.Notify();
  walk.join();
  remove.join();
  EXPECT_TRUE(removed);
}

// The lock that the status needs was once held while events were sent.
TEST_F(ConnectionTableTest, EventsAreSentWithoutLocks) {
  class Asking final : public EventSink {
   public:
    void OnHandshake(const HandshakeEvent& /*event*/) override {}
    void OnConnection(const ConnectionEvent& /*event*/) override { table->AddTo(&statuses); }
    ConnectionTable* table = nullptr;
    std::vector<ConnectionStatus> statuses;
  };
  const auto sink = std::make_shared<Asking>();
  const auto table = std::make_shared<ConnectionTable>(ConnectionTable::Settings{sink, absl::Now, absl::Minutes(1)});
  sink->table = table.get();
  const auto owned =
      table->Add({Side::kServer, RevokingVerifier(lab_),
                  [](const EndpointsById&) { return absl::flat_hash_set<int64_t>(); }, [](int64_t) { return true; }});
  owned->Add(Closed(), "");
  owned->Judge();
  table->Report();
  ASSERT_EQ(sink->statuses.size(), 1);
  EXPECT_EQ(sink->statuses[0].reason, v1::PIN_REVOKED);
  EXPECT_EQ(sink->statuses[0].presented_pin, lab_.client().SpkiPin());
}

}  // namespace
}  // namespace pinion
