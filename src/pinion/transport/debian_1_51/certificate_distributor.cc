#include "pinion/transport/debian_1_51/certificate_distributor.h"

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/transport/grpc/grpc_version.h"

namespace pinion {
namespace {

using Distributor = grpc_tls_certificate_distributor;

// What gRPC returns, a reference to a distributor. It has a destructor, as gRPC's type has, so that it is returned in
// memory. DistributorOf drops the reference.
struct Reference {
  Reference() = default;
  Reference(Reference&& other) noexcept : distributor(other.distributor) {}
  ~Reference() {}  // NOLINT(modernize-use-equals-default): a defaulted one would be trivial

  Distributor* distributor = nullptr;
};

// The position of `distributor` among the virtual functions of gRPC's grpc_tls_certificate_provider, after two for the
// destructor and `interested_parties`.
constexpr size_t kDistributorFunction = 3;

// Calls it through the table to which the provider points, since gRPC's class is not declared here.
Distributor* CallDistributor(const grpc_tls_certificate_provider* provider) {
  using Function = Reference (*)(const grpc_tls_certificate_provider* provider);
  const Function* const functions = *reinterpret_cast<const Function* const*>(provider);
  return functions[kDistributorFunction](provider).distributor;
}

absl::Status UnknownLayout(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("gRPC ", grpc::Version(), ": ", what,
                                                    ", so connections could be left without certificates; run with ",
                                                    SupportedGrpc()));
}

// An object with a reference count begins with a pointer to its functions, followed by the count; a build with
// assertions has a pointer between the two.
std::atomic<int64_t>* Word(Distributor* distributor, size_t word) {
  return reinterpret_cast<std::atomic<int64_t>*>(distributor) + 1 + word;
}

// Records what it receives.
class Watcher final : public Distributor::TlsCertificatesWatcherInterface {
 public:
  explicit Watcher(std::shared_ptr<std::atomic<int>> received) : received_(std::move(received)) {}

  void OnCertificatesChanged(absl::optional<absl::string_view> roots,
                             absl::optional<std::vector<grpc_core::PemKeyCertPair>> pairs) override {
    if (roots.has_value()) *received_ |= kRoots;
    if (pairs.has_value()) *received_ |= kPairs;
  }
  void OnError(absl::Status /*roots_error*/, absl::Status /*identity_error*/) override {}

  static constexpr int kRoots = 1;
  static constexpr int kPairs = 2;

 private:
  const std::shared_ptr<std::atomic<int>> received_;
};

}  // namespace

absl::StatusOr<Distributor*> DistributorOf(grpc::experimental::CertificateProviderInterface* provider) {
  if (!IsSupportedGrpc(grpc::Version(), grpc_version_string())) return UnknownLayout("this version is not supported");
  // gRPC counts the two references somewhere; they are dropped there.
  Distributor* const distributor = CallDistributor(provider->c_provider());
  int64_t before[2];
  for (size_t word = 0; word < 2; ++word) before[word] = *Word(distributor, word);
  if (CallDistributor(provider->c_provider()) != distributor) return UnknownLayout("its distributor changes");
  for (size_t word = 0; word < 2; ++word) {
    std::atomic<int64_t>* const count = Word(distributor, word);
    if (before[word] < 2 || *count != before[word] + 1) continue;
    *count -= 2;
    return distributor;
  }
  return UnknownLayout("the count of references was not found");
}

absl::Status KeepWatched(grpc::experimental::CertificateProviderInterface* provider) {
  const absl::StatusOr<Distributor*> distributor = DistributorOf(provider);
  if (!distributor.ok()) return distributor.status();
  const auto received = std::make_shared<std::atomic<int>>(0);
  (*distributor)->WatchTlsCertificates(std::make_unique<Watcher>(received), "", "");
  if (*received == (Watcher::kRoots | Watcher::kPairs)) return absl::OkStatus();
  return UnknownLayout("its provider does not pass its certificates on");
}

}  // namespace pinion
