#include "pinion/server/admission/accepted_connections.h"

#include <fcntl.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "pinion/base/socket_address.h"
#include "tests/server/accepted_connections_fixture.h"

namespace pinion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

AcceptedConnections::Limits OneConnection() {
  AcceptedConnections::Limits limits;
  limits.max_connections = 1;
  return limits;
}

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

}  // namespace
}  // namespace pinion
