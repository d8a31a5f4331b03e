// Connections that a server refuses before or without verifying a certificate: each of them is an event.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "pinion/testing/echo_server.h"
#include "pinion/x509/pki/issue.h"
#include "tests/e2e/parties.h"
#include "tests/e2e/raw_connection.h"
#include "tests/e2e/raw_tls_client.h"

namespace pinion::testing {
namespace {

class RefusedConnectionTest : public ::testing::Test {
 protected:
  // The server's first event that is not an accepted handshake.
  HandshakeEvent Refusal() {
    HandshakeEvent refusal;
    WaitUntil([&] {
      for (const HandshakeEvent& event : lab_.server_events().handshakes()) {
        if (event.reason != v1::ACCEPTED) refusal = event;
      }
      return refusal.reason != v1::REASON_UNSPECIFIED;
    });
    return refusal;
  }
  void Expect(v1::Reason reason) {
    const HandshakeEvent event = Refusal();
    EXPECT_EQ(v1::Reason_Name(event.reason), v1::Reason_Name(reason)) << event.text;
    EXPECT_EQ(event.side, Side::kServer);
    EXPECT_TRUE(absl::StartsWith(event.address, "127.0.0.1:")) << event.address;
    EXPECT_TRUE(absl::StartsWith(event.text, v1::Reason_Name(reason))) << event.text;
    EXPECT_EQ(event.count, 1);
  }
  // After one call on it.
  std::shared_ptr<grpc::Channel> Connect(const EchoServer& server, const IssuedCertificate& as) {
    auto channel = lab_.ChannelTo(server.address(), lab_.OptionsForClient(as));
    EXPECT_THAT(Echo(channel), IsOk());
    return channel;
  }

  Lab lab_;
};

TEST_F(RefusedConnectionTest, AClientWithoutTls) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  RawConnection client(server.port(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.IsEndedByTheServer());
  Expect(v1::NOT_TLS);
}

TEST_F(RefusedConnectionTest, AClientWithoutHttp2) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &lab_.client(), /*offers_http2=*/false).Connect(server.port()).served,
            Served::kNo);
  Expect(v1::NO_ALPN);
}

TEST_F(RefusedConnectionTest, AClientWithoutACertificate) {
  for (const TlsVersion version : {TlsVersion::k12, TlsVersion::k13}) {
    const EchoServer server(lab_.OptionsForServer(lab_.server()));
    EXPECT_EQ(RawTlsClient(version, nullptr).Connect(server.port()).served, Served::kNo);
    Expect(v1::NO_CERTIFICATE);
  }
}

// OpenSSL refuses these inside gRPC, before gRPC calls Pinion. The event was once HANDSHAKE_FAILED, and listed all
// possible causes.
TEST_F(RefusedConnectionTest, ACertificateThatOpenSslRefusesIsReportedWithItsFault) {
  const TestCa other("Another CA");
  const std::vector<std::pair<IssuedCertificate, v1::Reason>> refused = {
      {other.Issue({Lab::kClientIdentity}), v1::CHAIN_UNTRUSTED},
      {TestCa("Lab CA").Issue({Lab::kClientIdentity}, lab_.client().key), v1::CHAIN_UNTRUSTED},
      {lab_.ca().Issue({Lab::kClientIdentity}, lab_.client().key,
                       [](auto& recipe) {
                         recipe.not_before = absl::Now() - absl::Hours(3);
                         recipe.not_after = absl::Now() - absl::Hours(2);
                       }),
       v1::CERTIFICATE_EXPIRED},
      {lab_.ca().Issue({Lab::kClientIdentity}, lab_.client().key,
                       [](auto& recipe) { recipe.not_before = absl::Now() + absl::Hours(2); }),
       v1::CERTIFICATE_NOT_YET_VALID},
      {lab_.ca().Issue({Lab::kClientIdentity}, lab_.client().key, [](auto& recipe) { recipe.client_auth = false; }),
       v1::WRONG_PURPOSE},
  };
  for (const TlsVersion version : {TlsVersion::k12, TlsVersion::k13}) {
    for (const auto& [certificate, reason] : refused) {
      const EchoServer server(lab_.OptionsForServer(lab_.server()));
      const size_t before = lab_.server_events().handshakes().size();
      const RawTlsOutcome outcome = RawTlsClient(version, &certificate).Connect(server.port());
      EXPECT_EQ(outcome.served, Served::kNo);
      ASSERT_TRUE(WaitUntil([&] {
        const std::vector<HandshakeEvent> events = lab_.server_events().handshakes();
        return events.size() > before && events.back().address == outcome.address;
      })) << v1::Reason_Name(reason);
      const HandshakeEvent event = lab_.server_events().handshakes().back();
      EXPECT_EQ(v1::Reason_Name(event.reason), v1::Reason_Name(reason)) << event.text;
      EXPECT_TRUE(absl::StartsWith(event.text, v1::Reason_Name(reason))) << event.text;
      EXPECT_EQ(event.presented_pin, certificate.SpkiPin());
      EXPECT_EQ(event.count, 1);
    }
  }
}

TEST_F(RefusedConnectionTest, AClientThatRefusesTheServer) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  RawTlsClient client(TlsVersion::k13, &lab_.client());
  client.TrustNoServer();
  EXPECT_EQ(client.Connect(server.port()).served, Served::kNo);
  Expect(v1::REFUSED_BY_PEER);
  EXPECT_TRUE(absl::StrContains(Refusal().text, "unknown CA")) << Refusal().text;
}

// gRPC does not identify the connection to the verifier: of several at once, an event once had another one's address.
TEST_F(RefusedConnectionTest, EachOfManyAtOnceIsReportedWithItsOwnAddress) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  const TestCa other("Another CA");
  struct Client {
    IssuedCertificate certificate;
    v1::Reason reason;
    RawTlsOutcome outcome = {};
  };
  std::vector<Client> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back({lab_.ca().Issue({Lab::kClientIdentity}), v1::PIN_MISMATCH});
    clients.push_back({lab_.ca().Issue({absl::StrCat("spiffe://lab.test/", i)}), v1::ACCEPTED});
    clients.push_back({other.Issue({Lab::kClientIdentity}), v1::CHAIN_UNTRUSTED});
  }
  std::vector<std::thread> threads;
  for (Client& client : clients) {
    threads.emplace_back(
        [&] { client.outcome = RawTlsClient(TlsVersion::k13, &client.certificate).Connect(server.port()); });
  }
  for (std::thread& thread : threads) thread.join();
  const auto find = [&](const std::string& pin) {
    const std::vector<HandshakeEvent> events = lab_.server_events().handshakes();
    const auto found = std::find_if(events.begin(), events.end(),
                                    [&pin](const HandshakeEvent& event) { return event.presented_pin == pin; });
    return found == events.end() ? HandshakeEvent() : *found;
  };
  std::set<std::string> untrusted;
  for (const Client& client : clients) {
    if (client.reason == v1::CHAIN_UNTRUSTED) {
      untrusted.insert(client.outcome.address);
      continue;
    }
    EXPECT_EQ(client.outcome.served, client.reason == v1::ACCEPTED ? Served::kYes : Served::kNo);
    const HandshakeEvent event = find(client.certificate.SpkiPin());
    EXPECT_EQ(v1::Reason_Name(event.reason), v1::Reason_Name(client.reason)) << event.text;
    EXPECT_EQ(event.address, client.outcome.address);
  }
  // There is one event for the first of these, and one for the others after the interval.
  for (const HandshakeEvent& event : lab_.server_events().handshakes()) {
    EXPECT_EQ(event.reason == v1::CHAIN_UNTRUSTED, untrusted.count(event.address) > 0) << event.address;
  }
}

TEST_F(RefusedConnectionTest, AClientThatDisconnectsDuringItsHandshake) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  { RawConnection client(server.port(), CompleteClientHello().substr(0, 50)); }
  Expect(v1::HANDSHAKE_ABANDONED);
}

TEST_F(RefusedConnectionTest, AClientThatTakesTooLong) {
  WorkloadOptions options = lab_.OptionsForServer(lab_.server());
  options.server->limits.handshake_timeout = absl::Milliseconds(100);
  const EchoServer server(options);
  RawConnection client(server.port(), CompleteClientHello());
  EXPECT_TRUE(client.IsEndedByTheServer());
  Expect(v1::HANDSHAKE_TIMEOUT);
}

// The verdict on the certificate is the event; the end of the connection is not a second one.
TEST_F(RefusedConnectionTest, AnImpostorIsReportedOnceAndWithItsAddress) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  const IssuedCertificate impostor = lab_.ca().Issue({Lab::kClientIdentity});
  EXPECT_EQ(RawTlsClient(TlsVersion::k13, &impostor).Connect(server.port()).served, Served::kNo);
  Expect(v1::PIN_MISMATCH);
  RawConnection after(server.port(), "GET / HTTP/1.1\r\n\r\n");  // its event comes later than any of the impostor's
  ASSERT_TRUE(WaitUntil([&] { return lab_.server_events().handshakes().back().reason == v1::NOT_TLS; }));
  EXPECT_EQ(lab_.server_events().handshakes().size(), 2);
}

TEST_F(RefusedConnectionTest, AHealthCheckThatSendsNothingIsNoRefusal) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  { RawConnection check(server.port()); }
  RawConnection after(server.port(), "GET / HTTP/1.1\r\n\r\n");
  Expect(v1::NOT_TLS);
  EXPECT_EQ(lab_.server_events().handshakes().size(), 1);
}

TEST_F(RefusedConnectionTest, AnAcceptedClientThatDisconnectsIsNoRefusal) {
  const EchoServer server(lab_.OptionsForServer(lab_.server()));
  for (int i = 0; i < 5; ++i) Connect(server, lab_.client());
  RawConnection after(server.port(), "GET / HTTP/1.1\r\n\r\n");
  Expect(v1::NOT_TLS);
  EXPECT_EQ(lab_.server_events().handshakes().size(), 6);
}

// An accepted client without any rights once held 1,008 idle connections, and no other client was served.
TEST_F(RefusedConnectionTest, AKeyHasNoMoreThanItsShareOfConnections) {
  WorkloadOptions options = lab_.OptionsForServer(lab_.server());
  options.server->limits.max_connections_per_key = 2;
  const EchoServer server(options);
  const auto first = Connect(server, lab_.client());
  const auto second = Connect(server, lab_.client());
  const auto third = lab_.ChannelTo(server.address(), lab_.OptionsForClient(lab_.client()));
  third->GetState(/*try_to_connect=*/true);
  Expect(v1::TOO_MANY_CONNECTIONS);
  EXPECT_THAT(Echo(first), IsOk());
  EXPECT_THAT(Echo(second), IsOk());
  // Another key has a share of its own.
  const IssuedCertificate other = lab_.ca().Issue({"spiffe://lab.test/other"});
  EXPECT_THAT(Echo(lab_.ChannelTo(server.address(), lab_.OptionsForClient(other))), IsOk());
}

TEST_F(RefusedConnectionTest, AShareIsFreeAgainOnceAConnectionHasEnded) {
  WorkloadOptions options = lab_.OptionsForServer(lab_.server());
  options.server->limits.max_connections_per_key = 1;
  const EchoServer server(options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(
        WaitUntil([&] { return Echo(lab_.ChannelTo(server.address(), lab_.OptionsForClient(lab_.client()))).ok(); }));
  }
}

TEST_F(RefusedConnectionTest, TheServerHasNoMoreThanItsConnections) {
  WorkloadOptions options = lab_.OptionsForServer(lab_.server());
  options.server->limits.max_connections = 1;
  const EchoServer server(options);
  const auto channel = Connect(server, lab_.client());
  RawConnection second(server.port(), CompleteClientHello());
  EXPECT_TRUE(second.IsEndedByTheServer());
  Expect(v1::TOO_MANY_CONNECTIONS);
  EXPECT_THAT(Echo(channel), IsOk());
}

}  // namespace
}  // namespace pinion::testing
