// A fixture that stands for gRPC: it takes over the connections that AcceptedConnections hands over.
#ifndef PINION_TESTS_SERVER_ACCEPTED_CONNECTIONS_FIXTURE_H_
#define PINION_TESTS_SERVER_ACCEPTED_CONNECTIONS_FIXTURE_H_

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

#include "pinion/base/steady_clock.h"
#include "pinion/server/admission/accepted_connections.h"
#include "pinion/server/admission/listening_sockets.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "tests/e2e/raw_connection.h"
#include "tests/e2e/raw_tls_client.h"
#include "tests/server/server_tls.h"

namespace pinion {

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
    std::thread([&] { tls_.push_back(testing::NewTls(server_, testing::SocketBio, connection)); }).join();
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
  std::unique_ptr<testing::RawTlsConnection> Connect(const testing::IssuedCertificate& as) {
    tls_clients_.push_back(std::make_unique<testing::RawTlsClient>(testing::TlsVersion::k13, &as));
    std::unique_ptr<testing::RawTlsConnection> client;
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
    EXPECT_THAT(established, ::testing::SizeIs(1));
    return established.empty() ? 0 : established.front().id;
  }
  static bool IsEndedByTheServer(testing::RawTlsConnection& client) {
    testing::Served end = testing::Served::kYes;
    return !client.Receive(1, &end).has_value() && end == testing::Served::kNo;
  }
  bool IsEmptyNow() const { return connections_->WaitUntilEmpty(absl::ZeroDuration()); }

  const testing::TestCa ca_{"CA"};
  const testing::IssuedCertificate client_ = ca_.Issue({"spiffe://test/client"});
  const testing::IssuedCertificate other_ = ca_.Issue({"spiffe://test/other"});
  const std::shared_ptr<SSL_CTX> server_ = testing::ContextWith(ca_.Issue({"localhost"}));
  const ListeningSockets sockets_ = testing::OrDie(OpenListeningSockets("127.0.0.1:0"));
  std::shared_ptr<AcceptedConnections> connections_ =
      std::make_shared<AcceptedConnections>(AcceptedConnections::Limits());
  std::vector<std::unique_ptr<testing::RawConnection>> clients_;
  std::vector<std::unique_ptr<testing::RawTlsClient>> tls_clients_;  // outlive their connections
  std::vector<int> taken_;
  std::vector<std::shared_ptr<SSL>> tls_;  // of the connections that were taken over
};

}  // namespace pinion

#endif  // PINION_TESTS_SERVER_ACCEPTED_CONNECTIONS_FIXTURE_H_
