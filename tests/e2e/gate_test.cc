// A server that presents its next identity when every client would accept it, and not before.
#include <algorithm>
#include <atomic>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "pinion/testing/echo_server.h"
#include "pinion/workload.h"
#include "tests/e2e/parties.h"

namespace pinion::testing {
namespace {

class GateTest : public PartiesTest {
 protected:
  GateTest() {
    Configure("");
    WriteConfig("client", R"("drain_window": "1s", "trust": {"server_roots_file": "ca.pem"})");
  }

  void Configure(const std::string& adoption) {
    WriteConfig("server", R"("next_identity": {"certificate_file": "next.pem", "private_key_file": "next-key.pem"},
        "adoption": {"census_file": "census.json")" +
                              adoption + R"(}, "drain_window": "1s",
        "trust": {"client_roots_file": "ca.pem"},
        "server": {"authorization_policy_file": "policy.json", "unlisted_clients": "ACCEPT"})");
  }
  void OfferTheBackup() { lab_.server_backup().WriteFiles((folder_ / "server").string(), "next"); }
  void WithdrawTheNext() {
    std::filesystem::remove(folder_ / "server" / "next.pem");
    std::filesystem::remove(folder_ / "server" / "next-key.pem");
  }
  void Serve(int port = 0) { server_.emplace(From("server", events_), port); }
  void Connect() {
    client_ = OrDie(Workload::Create(From("client")));
    channel_ = lab_.CreateChannelTo(server_->address(), *client_);
    ASSERT_TRUE(Echo(channel_).ok());
  }

  AdoptionStatus Status() const { return server_->workload()->Status().adoption.value_or(AdoptionStatus()); }
  // Calls all the time, and reports each call that fails.
  bool Comes(AdoptionGate gate, int64_t blocking = 0) {
    return WaitUntil(
        [&] {
          if (channel_ != nullptr) {
            EXPECT_TRUE(Echo(channel_).ok());
          }
          const AdoptionStatus status = Status();
          return status.gate == gate && status.blocking == blocking;
        },
        absl::Seconds(60));
  }
  // The pin of the key on the client's connection.
  bool Presents(const IssuedCertificate& certificate) {
    return WaitUntil(
        [&] {
          EXPECT_TRUE(Echo(channel_).ok());
          const std::vector<ConnectionStatus> connections = client_->Status().connections;
          return connections.size() == 1 && connections[0].presented_pin == certificate.SpkiPin();
        },
        absl::Seconds(60));
  }
  bool IsReported(absl::string_view part) const {
    return WaitUntil([&] {
      const std::vector<AdoptionEvent> adoptions = events_->adoptions();
      return std::any_of(adoptions.begin(), adoptions.end(),
                         [&](const AdoptionEvent& event) { return absl::StrContains(event.text, part); });
    });
  }

  std::optional<EchoServer> server_;
  std::shared_ptr<Workload> client_;
  std::shared_ptr<grpc::ChannelInterface> channel_;
};

TEST_F(GateTest, WaitsForAClientThatIsBehindAndThenSwitchesWithoutAFailedCall) {
  WritePins("client", 2, "ACTIVE", "");
  OfferTheBackup();
  Serve();
  Connect();
  ASSERT_TRUE(Comes(AdoptionGate::kHeld, 1));
  EXPECT_TRUE(IsReported("client x1 PIN_MISMATCH with pin set 2"));
  EXPECT_TRUE(Presents(lab_.server()));

  WritePins("client", 3, "ACTIVE", "BACKUP");
  ASSERT_TRUE(Comes(AdoptionGate::kSwitched));
  EXPECT_TRUE(Presents(lab_.server_backup()));
  EXPECT_TRUE(IsReported("is in use now, since no process has blocked it for 2s"));
  const AdoptionStatus status = Status();
  EXPECT_EQ(status.candidate, lab_.server_backup().SpkiPin());
  EXPECT_LT(status.offered_at, status.accepted_at);
  EXPECT_LT(status.switched_at, absl::InfiniteFuture());
  EXPECT_TRUE(IsReported("is in use since"));
  EXPECT_TRUE(Status().peers.empty());
  EXPECT_NE(server_->workload()->Status().identity.provenance.find("next.pem"), std::string::npos);
}

TEST_F(GateTest, ARestartedServerPresentsTheKeyThatItHasSwitchedTo) {
  OfferTheBackup();
  Serve();
  Connect();
  ASSERT_TRUE(Comes(AdoptionGate::kSwitched));
  const int port = server_->port();
  channel_.reset();
  server_.reset();
  // The old key's pin is removed, and nothing has been put into the files of `identity`.
  WritePins("server", 4, "", "ACTIVE");
  WritePins("client", 4, "", "ACTIVE");
  Serve(port);
  Connect();
  EXPECT_TRUE(Presents(lab_.server_backup()));
  EXPECT_TRUE(Comes(AdoptionGate::kSwitched));
}

TEST_F(GateTest, AProcessWhoseOtherKeyWouldBeRefusedStartsWithTheNextOne) {
  OfferTheBackup();
  WritePins("server", 4, "", "ACTIVE");
  WritePins("client", 4, "", "ACTIVE");
  Serve();
  Connect();
  EXPECT_TRUE(Presents(lab_.server_backup()));
  EXPECT_TRUE(IsReported("although no gate was passed"));
}

TEST_F(GateTest, DoesNotWaitWhenTheKeyInUseIsRevoked) {
  WritePins("client", 2, "ACTIVE", "");
  OfferTheBackup();
  Serve();
  Connect();
  ASSERT_TRUE(Comes(AdoptionGate::kHeld, 1));
  WritePins("server", 4, "REVOKED", "ACTIVE");
  ASSERT_TRUE(Comes(AdoptionGate::kSwitched));
  EXPECT_TRUE(IsReported("REVOKED in the pin set in effect; would refuse it or have not said: client x1 PIN_MISMATCH"));
  // The client keeps the connection that it has, since it would refuse another one.
  EXPECT_FALSE(WaitUntil([&] { return !Echo(channel_).ok(); }, absl::Seconds(6)));
}

TEST_F(GateTest, GoesBackWhenTheNextIdentityIsTakenAway) {
  OfferTheBackup();
  Serve();
  Connect();
  ASSERT_TRUE(Comes(AdoptionGate::kSwitched));
  ASSERT_TRUE(Presents(lab_.server_backup()));
  WithdrawTheNext();
  EXPECT_TRUE(IsReported("is no longer in use"));
  channel_.reset();
  Connect();
  EXPECT_TRUE(Presents(lab_.server()));
}

TEST_F(GateTest, StaysWithTheNextIdentityWhenItIsTakenAwayAndTheOtherOneWouldBeRefused) {
  OfferTheBackup();
  Serve();
  Connect();
  ASSERT_TRUE(Comes(AdoptionGate::kSwitched));
  WritePins("client", 4, "", "ACTIVE");
  WritePins("server", 4, "", "ACTIVE");
  WithdrawTheNext();
  ASSERT_TRUE(WaitUntil([&] { return !server_->workload()->Status().identity.error.ok(); }));
  EXPECT_TRUE(Presents(lab_.server_backup()));
}

TEST_F(GateTest, TheSameKeyInTheFilesOfIdentityEndsTheRotation) {
  OfferTheBackup();
  Serve();
  Connect();
  ASSERT_TRUE(Comes(AdoptionGate::kSwitched));
  lab_.server_backup().WriteFiles((folder_ / "server").string(), "own");
  ASSERT_TRUE(WaitUntil(
      [&] { return server_->workload()->Status().identity.provenance.find("own.pem") != std::string::npos; }));
  WithdrawTheNext();
  ASSERT_TRUE(WaitUntil([&] { return server_->workload()->Status().next_identity->generation == 2; }));
  EXPECT_TRUE(Presents(lab_.server_backup()));
  EXPECT_TRUE(Comes(AdoptionGate::kSwitched));
}

TEST_F(GateTest, DoesNotWaitForAnExcludedPeer) {
  WritePins("client", 2, "ACTIVE", "");
  Configure(R"(, "exclude": [{"peer": "client", "until": ")" +
            absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now() + absl::Hours(1), absl::UTCTimeZone()) +
            R"(", "why": "it is being replaced"}])");
  OfferTheBackup();
  Serve();
  Connect();
  // No client is left that would accept it.
  ASSERT_TRUE(WaitUntil([&] { return !Status().held.empty() && Status().peers.size() == 1; }, absl::Seconds(60)));
  EXPECT_TRUE(Status().peers[0].is_excluded);
  EXPECT_EQ(Status().gate, AdoptionGate::kHeld);
  EXPECT_TRUE(IsReported("it is being replaced"));

  const std::shared_ptr<Workload> other = OrDie(Workload::Create(lab_.OptionsForClient(lab_.client())));
  const auto channel = lab_.CreateChannelTo(server_->address(), *other);
  ASSERT_TRUE(Echo(channel).ok());
  channel_.reset();
  EXPECT_TRUE(Comes(AdoptionGate::kSwitched));
}

TEST_F(GateTest, HoldsWhenTheServersOwnPinSetWouldRefuseTheNextIdentity) {
  const IssuedCertificate unknown = lab_.ca().Issue({Lab::kServerHost, Lab::kServerIdentity});
  unknown.WriteFiles((folder_ / "server").string(), "next");
  Serve();
  // A client that knows it already.
  Write("client", "pins.json",
        absl::StrCat(R"({"version": 2, "peers": [{"name": "server", "hosts": ["server.test"], "pins": [)",
                     Pin(lab_.server().SpkiPin(), "ACTIVE"), LastPin(unknown.SpkiPin(), "BACKUP"), "]}]}"));
  Connect();
  EXPECT_TRUE(WaitUntil([&] { return Status().held.find("PIN_MISMATCH") != std::string::npos; }, absl::Seconds(60)));
  EXPECT_TRUE(Presents(lab_.server()));
}

TEST_F(GateTest, HoldsWhenTheSwitchCannotBeRecorded) {
  Configure("");
  std::filesystem::create_directory(folder_ / "server" / "census.json");
  OfferTheBackup();
  Serve();
  Connect();
  EXPECT_TRUE(WaitUntil(
      [&] {
        return !Status().held.empty() && Status().blocking == 0 && !Status().peers.empty() &&
               Status().held.find("census") != std::string::npos;
      },
      absl::Seconds(60)));
  EXPECT_TRUE(Presents(lab_.server()));
}

TEST_F(GateTest, WaitsForWhatAnotherReplicaKnows) {
  // The last server of this test is a replica of the first.
  std::filesystem::remove_all(folder_ / "replica");
  std::filesystem::create_directories(folder_ / "replica");
  Configure(R"(, "replica_census_files": ["../replica/census.json"])");
  OfferTheBackup();
  WorkloadOptions options = From("server");
  std::filesystem::copy(folder_ / "server", folder_ / "replica");
  const auto ahead = std::make_shared<std::atomic<int64_t>>(0);
  options.clock = [ahead] { return absl::Now() + absl::Seconds(ahead->load()); };
  server_.emplace(options);
  Connect();
  const auto is_held_for = [&](absl::string_view why) {
    return WaitUntil([&] { return absl::StrContains(Status().held, why); }, absl::Seconds(60));
  };
  EXPECT_TRUE(is_held_for("replica/census.json"));

  options = From("replica");
  options.adoption.gate = v1::MANUAL;
  options.clock = [ahead] { return absl::Now() + absl::Seconds(ahead->load()); };
  const EchoServer replica(options);
  std::filesystem::copy(folder_ / "client", folder_ / "late");
  WritePins("late", 2, "ACTIVE", "");
  const std::shared_ptr<Workload> late = OrDie(Workload::Create(From("late")));
  const auto channel = lab_.CreateChannelTo(replica.address(), *late);
  ASSERT_TRUE(Echo(channel).ok());
  EXPECT_TRUE(is_held_for("client x1 PIN_MISMATCH with pin set 2"));
  *ahead = 61;  // the question must be a minute old
  WritePins("late", 3, "ACTIVE", "BACKUP");
  EXPECT_TRUE(Comes(AdoptionGate::kSwitched));
}

}  // namespace
}  // namespace pinion::testing
