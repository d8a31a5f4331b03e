// Connections that cannot be told apart by their ClientHellos.
#include <memory>
#include <string>

#include "pinion/server/admission/accepted_connections.h"
#include "tests/server/accepted_connections_fixture.h"

namespace pinion {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using testing::MemoryBio;
using testing::NewTls;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Why = RefusedConnection::Why;

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
