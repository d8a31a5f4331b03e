// Each call is decided before its handler runs, for every kind of service, over real mutual TLS and in memory.
#include "pinion/transport/authorization_filter.h"

#include <gmock/gmock.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/echo/echo_service.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/wait_until.h"
#include "tests/transport/authorized_server.h"
#include "tests/transport/service_kinds.h"

namespace pinion::testing {
namespace {

using ::testing::ElementsAre;

constexpr char kUnary[] = "/pinion.v1.Echo/UnaryEcho";
constexpr char kRejected[] = "Unauthorized RPC request rejected.";

enum class Way { kTls, kInMemory };

class EveryKind : public ::testing::TestWithParam<std::tuple<ServiceKind, Way>> {
 protected:
  void SetUp() override { grpc::EnableDefaultHealthCheckService(std::get<0>(GetParam()).name == "Health"); }
  void TearDown() override { grpc::EnableDefaultHealthCheckService(false); }

  // One call to the kind's method, while every call gets this decision.
  grpc::Status CallWhile(bool allow) {
    const ServiceKind kind = std::get<0>(GetParam());
    service_ = kind.make();
    AuthorizedServer server(
        lab_,
        [this, allow, kind](const CallToAuthorize& call) {
          ++asked_;
          return allow && call.path == kind.path;
        },
        [this](grpc::ServerBuilder& builder) { service_->Register(builder); });
    service_->Start();
    const bool in_memory = std::get<1>(GetParam()) == Way::kInMemory;
    grpc::Status status = CallPath(in_memory ? server.InMemory() : server.ChannelAs(lab_.client()), kind.path);
    server.Shutdown();
    service_->Join();
    runs_ = service_->runs();
    return status;
  }

  const Lab lab_;
  std::unique_ptr<CountedService> service_;
  std::atomic<int> asked_{0};
  int runs_ = 0;
};

TEST_P(EveryKind, DeniedDoesNotReachItsHandler) {
  EXPECT_THAT(CallWhile(/*allow=*/false), StatusIs(grpc::StatusCode::PERMISSION_DENIED, kRejected));
  EXPECT_EQ(asked_, 1);
  EXPECT_LE(runs_, 0);
}

TEST_P(EveryKind, AllowedReachesItsHandler) {
  const grpc::StatusCode when_allowed = std::get<0>(GetParam()).when_allowed;
  EXPECT_EQ(CallWhile(/*allow=*/true).error_code(), when_allowed);
  EXPECT_EQ(asked_, 1);
  if (runs_ >= 0) {
    EXPECT_EQ(runs_, when_allowed == grpc::StatusCode::OK ? 1 : 0);
  }
}

INSTANTIATE_TEST_SUITE_P(GrpcFilter, EveryKind,
                         ::testing::Combine(::testing::ValuesIn(AllServiceKinds()),
                                            ::testing::Values(Way::kTls, Way::kInMemory)),
                         [](const ::testing::TestParamInfo<EveryKind::ParamType>& info) {
                           return std::get<0>(info.param).name +
                                  (std::get<1>(info.param) == Way::kTls ? "OverTls" : "InMemory");
                         });

// The input of the decider for the last call.
struct Facts {
  std::string path;
  std::string uri_sans;
  std::string dns_sans;
  std::string subject;
  std::vector<std::string> headers;
};

Facts FactsOf(const CallToAuthorize& call, const std::vector<std::string>& keys) {
  Facts facts{std::string(call.path),
              absl::StrJoin(call.uri_sans, " "),
              absl::StrJoin(call.dns_sans, " "),
              std::string(call.subject),
              {}};
  for (const std::string& key : keys) facts.headers.push_back(call.header(key).value_or("(none)"));
  return facts;
}

class GrpcFilter : public ::testing::Test {
 protected:
  void TearDown() override { server_.reset(); }

  // Serves echo; records the input of each call, including these headers, and allows the call.
  void Serve(const std::vector<std::string>& keys = {}) {
    ServeDecidedBy([this, keys](const CallToAuthorize& call) {
      const std::lock_guard<std::mutex> lock(mutex_);
      last_facts_ = FactsOf(call, keys);
      return true;
    });
  }
  Facts LastFacts() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return last_facts_;
  }
  void ServeDecidedBy(DecideCall decide) {
    server_ = std::make_unique<AuthorizedServer>(
        lab_, std::move(decide), [this](grpc::ServerBuilder& builder) { builder.RegisterService(&echo_); });
  }
  std::shared_ptr<grpc::Channel> Channel() const { return server_->ChannelAs(lab_.client()); }

  Lab lab_;
  EchoService echo_;
  std::unique_ptr<AuthorizedServer> server_;
  mutable std::mutex mutex_;
  Facts last_facts_;  // guarded by mutex_
};

TEST_F(GrpcFilter, ReportsTheCaller) {
  const IssuedCertificate client = lab_.ca().Issue({"b.client.test", Lab::kClientIdentity, "a.client.test"});
  v1::Pin* const pin = lab_.pin_set().mutable_peers(1)->add_pins();
  pin->set_state(v1::ACTIVE);
  pin->set_spki(client.SpkiPin());
  Serve();
  ASSERT_THAT(Echo(server_->ChannelAs(client)), IsOk());
  const Facts facts = LastFacts();
  EXPECT_EQ(facts.path, kUnary);
  EXPECT_EQ(facts.uri_sans, Lab::kClientIdentity);
  EXPECT_EQ(facts.dns_sans, "b.client.test a.client.test");
  EXPECT_EQ(facts.subject, "CN=test leaf");
}

TEST_F(GrpcFilter, ReportsNoCallerForACallInMemory) {
  Serve();
  ASSERT_THAT(Echo(server_->InMemory()), IsOk());
  const Facts facts = LastFacts();
  EXPECT_EQ(facts.path, kUnary);
  EXPECT_EQ(facts.uri_sans, "");
  EXPECT_EQ(facts.dns_sans, "");
  EXPECT_EQ(facts.subject, "");
}

TEST_F(GrpcFilter, ReportsHeaders) {
  Serve({"tier", "twice", "blob-bin", "absent", "Tier", "host"});
  ASSERT_THAT(CallPath(Channel(), kUnary,
                       {{"tier", "gold"}, {"twice", "a"}, {"twice", "b, c"}, {"blob-bin", std::string("\0\xff", 2)}}),
              IsOk());
  EXPECT_THAT(LastFacts().headers,
              ElementsAre("gold", "a,b, c", std::string("\0\xff", 2), "(none)", "(none)", Lab::kServerHost));
}

TEST_F(GrpcFilter, ReportsNoHeaderOfGrpcItself) {
  Serve({":path", ":scheme", ":method", "te", "grpc-timeout", "grpc-accept-encoding", "grpclb_client_stats"});
  ASSERT_THAT(CallPath(Channel(), kUnary), IsOk());
  EXPECT_THAT(LastFacts().headers, ::testing::Each("(none)"));
}

TEST_F(GrpcFilter, DecidesEachCallAnew) {
  const auto allow = std::make_shared<std::atomic<bool>>(true);
  ServeDecidedBy([allow](const CallToAuthorize&) { return allow->load(); });
  const std::shared_ptr<grpc::Channel> channel = Channel();
  EXPECT_THAT(Echo(channel), IsOk());
  *allow = false;
  EXPECT_THAT(Echo(channel), StatusIs(grpc::StatusCode::PERMISSION_DENIED, kRejected));
  *allow = true;
  EXPECT_THAT(Echo(channel), IsOk());
}

TEST_F(GrpcFilter, DecidesOneCallWhateverOthersDo) {
  ServeDecidedBy([](const CallToAuthorize& call) { return call.header("may").value_or("") == "pass"; });
  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&wrong, channel = Channel(), i] {
      const bool may = i % 2 == 0;
      const grpc::StatusCode expected = may ? grpc::StatusCode::OK : grpc::StatusCode::PERMISSION_DENIED;
      for (int n = 0; n < 50; ++n) {
        if (CallPath(channel, kUnary, {{"may", may ? "pass" : "not"}}).error_code() != expected) ++wrong;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(GrpcFilter, EndsWhileCallsRun) {
  const auto owned = std::make_shared<int>();
  ServeDecidedBy([owned](const CallToAuthorize&) { return true; });
  std::atomic<int> begun{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&begun, channel = Channel()] {
      // Until the server is gone.
      while (CallPath(channel, kUnary).ok()) ++begun;
    });
  }
  ASSERT_TRUE(WaitUntil([&begun] { return begun > 20; }));
  server_.reset();
  for (std::thread& client : clients) client.join();
  // gRPC's last thread releases the decider some time after the server's end.
  EXPECT_TRUE(WaitUntil([&owned] { return owned.use_count() == 1; })) << owned.use_count();
}

TEST_F(GrpcFilter, OneProviderServesSeveralServers) {
  const auto owned = std::make_shared<int>();
  {
    const auto provider = *MakeAuthorizationProvider([owned](const CallToAuthorize&) { return false; });
    for (int i = 0; i < 2; ++i) {
      grpc::ServerBuilder builder;
      builder.experimental().SetAuthorizationPolicyProvider(provider);
      builder.RegisterService(&echo_);
      const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
      EXPECT_THAT(Echo(server->InProcessChannel(grpc::ChannelArguments())),
                  StatusIs(grpc::StatusCode::PERMISSION_DENIED, kRejected));
    }
    EXPECT_GT(owned.use_count(), 1);
  }
  EXPECT_TRUE(WaitUntil([&owned] { return owned.use_count() == 1; })) << owned.use_count();
}

}  // namespace
}  // namespace pinion::testing
