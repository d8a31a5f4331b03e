// A provider keeps its certificates while those that watch them come and go.
#include "pinion/transport/debian_1_51/certificate_distributor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>

#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/transport/certificate_provider.h"

namespace pinion::testing {
namespace {

using Distributor = grpc_tls_certificate_distributor;

// As a connection attempt of a channel: uses the certificates that it receives.
class Connection final : public Distributor::TlsCertificatesWatcherInterface {
 public:
  explicit Connection(std::atomic<int>* received) : received_(received) {}
  void OnCertificatesChanged(absl::optional<absl::string_view> roots,
                             absl::optional<std::vector<grpc_core::PemKeyCertPair>> pairs) override {
    if (roots.has_value() && pairs.has_value()) ++*received_;
  }
  void OnError(absl::Status /*roots_error*/, absl::Status /*identity_error*/) override { *received_ = -1000; }

 private:
  std::atomic<int>* const received_;
};

class CertificateDistributorTest : public ::testing::Test {
 protected:
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> Provider() const {
    const std::vector<grpc::experimental::IdentityKeyCertPair> pairs = {
        {certificate_.PrivateKeyPem(), certificate_.CertificatePem()}};
    return std::make_shared<grpc::experimental::StaticDataCertificateProvider>(ca_.RootPem(), pairs);
  }
  GrpcPem Pem() const { return {{certificate_.CertificatePem(), certificate_.PrivateKeyPem()}, ca_.RootPem()}; }
  // How many of the connections that two threads make one after the other get no certificates.
  static int WithoutCertificates(Distributor* distributor, int connections) {
    std::atomic<int> without{0};
    const auto connect = [&] {
      for (int i = 0; i < connections; ++i) {
        std::atomic<int> received{0};
        auto connection = std::make_unique<Connection>(&received);
        Connection* const watching = connection.get();
        distributor->WatchTlsCertificates(std::move(connection), "", "");
        if (received <= 0) ++without;
        distributor->CancelTlsCertificatesWatch(watching);
      }
    };
    std::thread other(connect);
    connect();
    other.join();
    return without;
  }

  TestCa ca_;
  IssuedCertificate certificate_ = ca_.Issue({"a.test"});
};

// gRPC 1.51 tells its provider too late that the last connection has ended. Once, all later connections of a channel
// failed without an attempt, until the process ended.
TEST_F(CertificateDistributorTest, AConstantProviderKeepsItsCertificates) {
  const auto provider = OrDie(MakeGrpcProvider(Pem()));
  EXPECT_EQ(WithoutCertificates(OrDie(DistributorOf(provider.get())), 300000), 0);
}

TEST_F(CertificateDistributorTest, AReplaceableProviderKeepsItsCertificates) {
  const auto publisher = OrDie(GrpcPublisher::Create(Pem()));
  EXPECT_EQ(WithoutCertificates(OrDie(DistributorOf(publisher->provider().get())), 300000), 0);
}

// Looking does not change how long gRPC keeps the distributor: sanitizers would find what is used too late or lost.
TEST_F(CertificateDistributorTest, EndsWithItsProvider) {
  for (int i = 0; i < 100; ++i) {
    const auto provider = Provider();
    EXPECT_EQ(OrDie(DistributorOf(provider.get())), OrDie(DistributorOf(provider.get())));
    EXPECT_THAT(KeepWatched(provider.get()), IsOk());
  }
}

TEST_F(CertificateDistributorTest, AProviderWithoutCertificatesIsRefused) {
  const auto empty = std::make_shared<grpc::experimental::StaticDataCertificateProvider>(ca_.RootPem());
  EXPECT_THAT(KeepWatched(empty.get()),
              StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::HasSubstr("certificates")));
}

}  // namespace
}  // namespace pinion::testing
