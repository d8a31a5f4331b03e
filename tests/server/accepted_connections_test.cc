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
#include <string>
#include <thread>
#include <vector>

#include "pinion/base/socket_address.h"
#include "pinion/base/steady_clock.h"
#include "pinion/server/admission/listening_sockets.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "tests/e2e/raw_connection.h"
#include "tests/e2e/raw_tls_client.h"
#include "tests/server/server_tls.h"

namespace pinion {
namespace {

using testing::ContextWith;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using testing::IssuedCertificate;
using testing::MemoryBio;
using testing::NewTls;
using ::testing::Not;
using testing::OrDie;
using testing::RawTlsConnection;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Why = RefusedConnection::Why;
using testing::SocketBio;

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

  void AcceptOne() {
    pollfd arrival = {sockets_.descriptors.front(), POLLIN, 0};
    EXPECT_EQ(poll(&arrival, 1, 10'000), 1);
    const int accepted = accept4(arrival.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    connections_->Add(arrival.fd, accepted, SteadyNow());
  }
  // Accepts a connection and waits for its complete ClientHello, so that its handshake may begin.
  void Accept() {
    AcceptOne();
    while (!connections_->lacks_places()) {
      epoll_event event = {};
      ASSERT_EQ(epoll_wait(connections_->epoll(), &event, 1, 10'000), 1);
      EXPECT_TRUE(connections_->OnEvents(event.data.u64, event.events));
    }
  }
  // A client that sends a ClientHello and nothing else.
  void Arrive(const std::string& hello = testing::CompleteClientHello()) {
    clients_.push_back(std::make_unique<testing::RawConnection>(sockets_.port, hello));
    Accept();
  }
  bool Begin(const AcceptedConnections::HandOver& hand_over) {
    return connections_->BeginHandshakes(hand_over, SteadyNow());
  }
  // As gRPC does with a connection, on a thread of its own.
  void TakeOver(int connection) {
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_INQ, &on, sizeof(on));
    taken_.push_back(connection);
    std::thread([&] { tls_.push_back(NewTls(server_, SocketBio, connection)); }).join();
  }
  bool BeginAndTakeOver() {
    return Begin([this](int /*listener*/, int connection) { TakeOver(connection); });
  }
  // Completes the handshake of the connection that was taken over last.
  void Handshake() {
    pollfd arrival = {taken_.back(), POLLIN, 0};
    while (SSL_do_handshake(tls_.back().get()) != 1) ASSERT_EQ(poll(&arrival, 1, 10'000), 1);
  }
  // Connects a client with this certificate, up to the end of OpenSSL's part of the handshake.
  std::unique_ptr<RawTlsConnection> Connect(const IssuedCertificate& as) {
    tls_clients_.push_back(std::make_unique<testing::RawTlsClient>(testing::TlsVersion::k13, &as));
    std::unique_ptr<RawTlsConnection> client;
    std::thread dial([&] { client = tls_clients_.back()->Open(sockets_.port); });
    Accept();
    EXPECT_TRUE(BeginAndTakeOver());
    Handshake();
    dial.join();
    return client;
  }
  // The number of the connection that was established last.
  int64_t OnlyEstablished() {
    const std::vector<LiveSocket> established = connections_->TakeEstablished();
    EXPECT_THAT(established, SizeIs(1));
    return established.empty() ? 0 : established.front().id;
  }
  static bool IsEndedByTheServer(RawTlsConnection& client) {
    testing::Served end = testing::Served::kYes;
    return !client.Receive(1, &end).has_value() && end == testing::Served::kNo;
  }
  bool IsEmptyNow() const { return connections_->WaitUntilEmpty(absl::ZeroDuration()); }

  const testing::TestCa ca_{"CA"};
  const IssuedCertificate client_ = ca_.Issue({"spiffe://test/client"});
  const IssuedCertificate other_ = ca_.Issue({"spiffe://test/other"});
  const std::shared_ptr<SSL_CTX> server_ = ContextWith(ca_.Issue({"localhost"}));
  const ListeningSockets sockets_ = OrDie(OpenListeningSockets("127.0.0.1:0"));
  std::shared_ptr<AcceptedConnections> connections_ =
      std::make_shared<AcceptedConnections>(AcceptedConnections::Limits());
  std::vector<std::unique_ptr<testing::RawConnection>> clients_;
  std::vector<std::unique_ptr<testing::RawTlsClient>> tls_clients_;  // outlive their connections
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
  EXPECT_TRUE(IsEmptyNow());
}

TEST_F(AcceptedConnectionsTest, AServerThatTakesNoConnectionAnyMoreIsNoticed) {
  Arrive();
  int dropped = -1;
  EXPECT_FALSE(Begin([&](int /*listener*/, int connection) { dropped = connection; }));
  EXPECT_LT(fcntl(dropped, F_GETFD), 0);
  EXPECT_TRUE(IsEmptyNow());
}

TEST_F(AcceptedConnectionsTest, AnAcceptedVerdictEstablishesAConnectionAndItsTlsObjectEndsIt) {
  const auto client = Connect(client_);
  EXPECT_THAT(connections_->TakeEstablished(), IsEmpty());
  EXPECT_THAT(connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/true), Not(IsEmpty()));
  const int64_t number = OnlyEstablished();
  EXPECT_TRUE(connections_->IsEstablished(number));
  EXPECT_THAT(connections_->TakeEnded(), IsEmpty());
  EXPECT_FALSE(IsEmptyNow());
  tls_.clear();
  EXPECT_THAT(connections_->TakeEnded(), ElementsAre(number));
  EXPECT_TRUE(IsEmptyNow());
}

TEST_F(AcceptedConnectionsTest, NothingElseEstablishesAConnection) {
  const auto client = Connect(client_);
  EXPECT_EQ(connections_->OnVerdict(other_.CertificatePem(), /*accepted=*/true), "");
  EXPECT_THAT(connections_->TakeEstablished(), IsEmpty());
  EXPECT_THAT(connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/false), Not(IsEmpty()));
  EXPECT_THAT(connections_->TakeEstablished(), IsEmpty());
}

// gRPC does not say which of the connections a verdict is for. One that is listed too early does no harm; one that was
// not listed would outlive the revocation of its key.
TEST_F(AcceptedConnectionsTest, OneVerdictEstablishesAllConnectionsWithThatCertificate) {
  const auto first = Connect(client_);
  const auto second = Connect(client_);
  const auto third = Connect(other_);
  const std::string address = connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/true);
  EXPECT_THAT(connections_->TakeEstablished(), SizeIs(2));
  const std::string another = connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/true);
  EXPECT_THAT(another, Not(IsEmpty()));
  EXPECT_NE(another, address);
  EXPECT_THAT(connections_->TakeEstablished(), IsEmpty());
}

// gRPC's threads may be overtaken between their verdicts and these calls.
TEST_F(AcceptedConnectionsTest, ARefusalOfTheSameCertificateDoesNotHideAnAcceptedConnection) {
  const auto first = Connect(client_);
  const auto second = Connect(client_);
  EXPECT_THAT(connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/false), Not(IsEmpty()));
  EXPECT_THAT(connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/true), Not(IsEmpty()));
  EXPECT_THAT(connections_->TakeEstablished(), SizeIs(2));
}

TEST_F(AcceptedConnectionsTest, AConnectionThatEndedBeforeItsVerdictIsNotEstablished) {
  const auto client = Connect(client_);
  tls_.clear();
  connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/true);
  EXPECT_THAT(connections_->TakeEstablished(), IsEmpty());
}

TEST_F(AcceptedConnectionsTest, AConnectionThatEndsBeforeItIsTakenIsNotListed) {
  const auto client = Connect(client_);
  connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/true);
  tls_.clear();
  EXPECT_THAT(connections_->TakeEstablished(), IsEmpty());
}

// A client once could take all connections of a server, with calls that do not end when their connection is closed.
TEST_F(AcceptedConnectionsTest, AClosedConnectionWithARunningCallTakesNoOthersPlace) {
  connections_ = std::make_shared<AcceptedConnections>(OneConnection());
  const auto client = Connect(client_);
  connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/true);
  EXPECT_TRUE(connections_->Close(OnlyEstablished()));
  EXPECT_TRUE(IsEndedByTheServer(*client));
  Arrive();
  ASSERT_TRUE(BeginAndTakeOver());
  EXPECT_THAT(tls_, SizeIs(2));
}

// The number of a closed descriptor belongs to another file soon.
TEST_F(AcceptedConnectionsTest, ClosesNothingButTheConnection) {
  const auto client = Connect(client_);
  connections_->OnVerdict(client_.CertificatePem(), /*accepted=*/true);
  const int64_t number = OnlyEstablished();
  Arrive();
  ASSERT_TRUE(BeginAndTakeOver());
  EXPECT_FALSE(connections_->Close(number + 1));  // not established
  dup2(taken_[1], taken_[0]);                     // gRPC has closed the first one
  EXPECT_FALSE(connections_->Close(number));
  EXPECT_FALSE(clients_.front()->IsEnded());
}

// A TLS object is recognized by its ClientHello, so two with the same one would be taken for each other.
TEST_F(AcceptedConnectionsTest, AClientHelloThatALiveConnectionSentWaitsAndIsRefused) {
  const std::string hello = testing::CompleteClientHello();
  Arrive(hello);
  ASSERT_TRUE(BeginAndTakeOver());
  Arrive(hello);
  ASSERT_TRUE(BeginAndTakeOver());
  EXPECT_THAT(tls_, SizeIs(1));
  // It lacks no place, so no other handshake gives way to it.
  EXPECT_FALSE(connections_->lacks_places());
  connections_->CloseStalled(SteadyNow() + absl::Hours(1));
  EXPECT_FALSE(clients_[0]->IsEnded());
  EXPECT_FALSE(clients_[1]->IsEnded());
  connections_->CloseLate(SteadyNow() + absl::Hours(1));
  EXPECT_TRUE(clients_[1]->IsEndedByTheServer());
  EXPECT_THAT(connections_->TakeRefused(), UnorderedElementsAre(Field(&RefusedConnection::why, Why::kTimedOut),
                                                                Field(&RefusedConnection::why, Why::kUnusableHello)));
}

// sslscan sends one ClientHello for each version of TLS in the same second, and once found no TLS 1.3.
TEST_F(AcceptedConnectionsTest, AScannerThatRepeatsItsClientHelloIsServedInTurn) {
  const std::string hello = testing::CompleteClientHello();
  Arrive(hello);
  ASSERT_TRUE(BeginAndTakeOver());
  SSL_do_handshake(tls_.front().get());
  Arrive(hello);
  ASSERT_TRUE(BeginAndTakeOver());
  EXPECT_THAT(taken_, SizeIs(1));
  tls_.clear();  // the end of the first
  ASSERT_TRUE(BeginAndTakeOver());
  EXPECT_THAT(taken_, SizeIs(2));
  EXPECT_FALSE(clients_[1]->IsEnded());
  EXPECT_THAT(connections_->TakeRefused(), IsEmpty());
}

// The first connection once lost its observer, and would have stayed open after the revocation of its key.
TEST_F(AcceptedConnectionsTest, TheEndOfAConnectionWithTheSameClientHelloLeavesTheFirstObserved) {
  const std::string hello = testing::CompleteClientHello();
  Arrive(hello);
  ASSERT_TRUE(BeginAndTakeOver());
  Arrive(hello);  // waits for its handshake
  connections_->CloseWaiting();
  EXPECT_TRUE(clients_[1]->IsEndedByTheServer());
  Arrive(hello);
  ASSERT_TRUE(BeginAndTakeOver());
  connections_->CloseWaiting();
  EXPECT_TRUE(clients_[2]->IsEndedByTheServer());
  Arrive(hello);
  ASSERT_TRUE(BeginAndTakeOver());
  EXPECT_THAT(tls_, SizeIs(1));
}

// OpenSSL shows zeros before it has read a ClientHello. With a second ClientHello (RFC 8446 §4.1.4) and another random,
// such a connection would be taken for another one.
TEST_F(AcceptedConnectionsTest, AClientHelloWithoutRandomIsRefused) {
  std::string hello = testing::CompleteClientHello();
  hello.replace(5 + 4 + 2, 32, 32, '\0');
  clients_.push_back(std::make_unique<testing::RawConnection>(sockets_.port, hello));
  AcceptOne();
  epoll_event event = {};
  ASSERT_EQ(epoll_wait(connections_->epoll(), &event, 1, 10'000), 1);
  EXPECT_TRUE(connections_->OnEvents(event.data.u64, event.events));
  EXPECT_TRUE(clients_.front()->IsEndedByTheServer());
  EXPECT_THAT(connections_->TakeRefused(), ElementsAre(Field(&RefusedConnection::why, Why::kUnusableHello)));
}

TEST_F(AcceptedConnectionsTest, AClientHelloThatAnotherServerOfTheProcessReceivesEndsTheConnection) {
  const std::string hello = testing::CompleteClientHello();
  Arrive(hello);
  ASSERT_TRUE(BeginAndTakeOver());
  SSL_do_handshake(tls_.back().get());
  const std::shared_ptr<SSL> elsewhere = NewTls(server_, MemoryBio, -1);
  BIO_write(SSL_get_rbio(elsewhere.get()), hello.data(), static_cast<int>(hello.size()));
  SSL_do_handshake(elsewhere.get());
  EXPECT_TRUE(clients_[0]->IsEndedByTheServer());
  EXPECT_TRUE(IsEmptyNow());
  EXPECT_THAT(connections_->TakeRefused(), ElementsAre(Field(&RefusedConnection::why, Why::kUnusableHello)));
}

}  // namespace
}  // namespace pinion
