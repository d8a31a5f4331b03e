#include "pinion/server/admission/accepted_connections.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "pinion/base/socket_address.h"
#include "pinion/base/steady_clock.h"
#include "pinion/server/admission/listening_sockets.h"
#include "pinion/testing/or_die.h"
#include "tests/e2e/raw_connection.h"

namespace pinion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::OrDie;

AcceptedConnections::Limits OneConnection() {
  AcceptedConnections::Limits limits;
  limits.max_connections = 1;
  return limits;
}

// Takes the place of gRPC: a server that takes over the connections of one client.
class AcceptedConnectionsTest : public ::testing::Test {
 protected:
  ~AcceptedConnectionsTest() override {
    tls_.clear();
    for (const int descriptor : taken_) close(descriptor);
    for (const int listener : sockets_.descriptors) close(listener);
  }

  // Connects a client whose ClientHello has arrived, so that its handshake may begin. Returns the endpoints.
  Endpoints Arrive() {
    clients_.push_back(std::make_unique<testing::RawConnection>(sockets_.port, testing::CompleteClientHello()));
    pollfd arrival = {sockets_.descriptors.front(), POLLIN, 0};
    EXPECT_EQ(poll(&arrival, 1, 10'000), 1);
    const int accepted = accept4(arrival.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const Endpoints endpoints = {LocalAddress(accepted).value_or(""), RemoteAddress(accepted).value_or("")};
    connections_->Add(arrival.fd, accepted, SteadyNow());
    epoll_event event = {};
    EXPECT_EQ(epoll_wait(connections_->epoll(), &event, 1, 10'000), 1);
    EXPECT_TRUE(connections_->OnEvents(event.data.u64, event.events));
    return endpoints;
  }
  bool Begin(const AcceptedConnections::HandOver& hand_over) {
    return connections_->BeginHandshakes(hand_over, SteadyNow());
  }
  // As gRPC does with a connection.
  void TakeOver(int connection) {
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_INQ, &on, sizeof(on));
    taken_.push_back(connection);
    tls_.emplace_back(SSL_new(context_.get()), SSL_free);
  }
  bool BeginAndTakeOver() {
    return Begin([this](int /*listener*/, int connection) { TakeOver(connection); });
  }

  // Connects a client, has its handshake begun and taken over, and establishes it under this id.
  Endpoints Connect(int64_t id) {
    const Endpoints endpoints = Arrive();
    EXPECT_TRUE(BeginAndTakeOver());
    EXPECT_EQ(connections_->Establish(endpoints, id, SteadyNow()), 0);
    return endpoints;
  }

  const ListeningSockets sockets_ = OrDie(OpenListeningSockets("127.0.0.1:0"));
  std::shared_ptr<AcceptedConnections> connections_ =
      std::make_shared<AcceptedConnections>(AcceptedConnections::Limits());
  const std::shared_ptr<SSL_CTX> context_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  std::vector<std::unique_ptr<testing::RawConnection>> clients_;
  std::vector<int> taken_;
  std::vector<std::shared_ptr<SSL>> tls_;  // of the connections that were taken over
};

// gRPC closes such a connection itself. The server once took this for the end of gRPC's server: it closed the
// descriptor again, which may have been another file's by then, and never accepted a connection any more.
TEST_F(AcceptedConnectionsTest, AResetBeforeTheHandshakeEndsThatConnectionAlone) {
  Arrive();
  int other = -1;
  EXPECT_TRUE(Begin([&](int /*listener*/, int connection) {
    close(connection);
    other = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, connection);  // takes the number
    EXPECT_EQ(other, connection);
  }));
  EXPECT_GE(fcntl(other, F_GETFD), 0);
  close(other);
  EXPECT_TRUE(connections_->WaitUntilEmpty(absl::ZeroDuration()));
}

TEST_F(AcceptedConnectionsTest, AServerThatTakesNoConnectionAnyMoreIsNoticed) {
  Arrive();
  int dropped = -1;
  EXPECT_FALSE(Begin([&](int /*listener*/, int connection) { dropped = connection; }));
  EXPECT_LT(fcntl(dropped, F_GETFD), 0);
  EXPECT_TRUE(connections_->WaitUntilEmpty(absl::ZeroDuration()));
}

TEST_F(AcceptedConnectionsTest, AConnectionEndsWithItsTlsObject) {
  Connect(7);
  EXPECT_THAT(connections_->TakeEnded(), IsEmpty());
  EXPECT_FALSE(connections_->WaitUntilEmpty(absl::ZeroDuration()));
  tls_.clear();
  EXPECT_THAT(connections_->TakeEnded(), ElementsAre(7));
  EXPECT_TRUE(connections_->WaitUntilEmpty(absl::ZeroDuration()));
}

TEST_F(AcceptedConnectionsTest, AConnectionWhoseEndNobodyWouldReportIsClosed) {
  const Endpoints endpoints = Arrive();
  ASSERT_TRUE(BeginAndTakeOver());
  tls_.clear();
  EXPECT_LT(connections_->Establish(endpoints, 7, SteadyNow()), 0);
  EXPECT_TRUE(clients_.front()->IsEndedByTheServer());
}

// A client once could take all connections of a server, with calls that do not end when their connection is closed.
TEST_F(AcceptedConnectionsTest, AClosedConnectionWithARunningCallTakesNoOthersPlace) {
  connections_ = std::make_shared<AcceptedConnections>(OneConnection());
  const Endpoints endpoints = Connect(7);
  EXPECT_TRUE(connections_->Close(endpoints, 7));
  EXPECT_TRUE(clients_.front()->IsEndedByTheServer());
  Arrive();
  ASSERT_TRUE(BeginAndTakeOver());
  EXPECT_EQ(tls_.size(), 2);
}

// The number of a closed descriptor belongs to another file soon.
TEST_F(AcceptedConnectionsTest, ClosesNothingButTheConnection) {
  const Endpoints endpoints = Connect(7);
  Connect(8);
  EXPECT_FALSE(connections_->Close(endpoints, 8));
  dup2(taken_[1], taken_[0]);  // gRPC has closed the first one
  EXPECT_FALSE(connections_->Close(endpoints, 7));
  EXPECT_FALSE(clients_[1]->IsEnded());
}

// gRPC lists a connection until its last call has ended, even if a newer connection has the same endpoints by then.
TEST_F(AcceptedConnectionsTest, AnOlderIdIsNotTakenForThatOfANewerConnection) {
  Connect(7);
  const Endpoints second = Arrive();
  ASSERT_TRUE(BeginAndTakeOver());
  EXPECT_LT(connections_->Establish(second, 6, SteadyNow()), 0);
  EXPECT_EQ(connections_->Establish(second, 8, SteadyNow()), 0);
}

}  // namespace
}  // namespace pinion
