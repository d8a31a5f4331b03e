#include "pinion/transport/authorization_filter.h"

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "pinion/base/tsan_order.h"
#include "pinion/transport/debian_1_51/authorization/filter_self_test.h"
#include "pinion/transport/debian_1_51/authorization/grpc_metadata.h"

static_assert(
    GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51 && GRPC_CPP_VERSION_PATCH == 1,
    "calls are authorized through gRPC 1.51.1's own data structures; study another version's before building with it");

namespace pinion {
namespace {

constexpr char kGrpcVersion[] = "1.51.1";
constexpr char kCoreVersion[] = "29.0.0";

// The classes below have, on x86-64 and other systems with the Itanium C++ ABI, the layout and the virtual functions,
// in order, that the filter expects. They share no name with gRPC's, which has its own.

// gRPC's reference count in a build with assertions, such as Debian's. It follows the pointer to the virtual table.
template <typename Count>
struct References {
  const void* trace = nullptr;  // gRPC logs each change unless it is null
  std::atomic<Count> count;
};
static_assert(sizeof(References<uint64_t>) == 16 && sizeof(References<intptr_t>) == 16, "unlike gRPC's");

struct Decision {
  enum class Type { kAllow, kDeny };
  Type type;
  std::string policy_name;  // for gRPC's debug log
};
static_assert(sizeof(Decision) == 40 && offsetof(Decision, policy_name) == 8, "unlike gRPC's");

// Headers that gRPC parses into its own types. It cannot convert all of them back into text, and aborts if it cannot.
bool IsGrpcsOwn(absl::string_view key) {
  return absl::StartsWith(key, ":") || absl::StartsWith(key, "grpc-") || key == "te" || key == "grpclb_client_stats";
}

std::optional<std::string> HeaderOf(const grpc_core::EvaluateArgs& args, absl::string_view key) {
  if (IsGrpcsOwn(key)) return std::nullopt;
  std::string joined;
  const absl::optional<absl::string_view> value = args.GetHeaderValue(key, &joined);
  return value.has_value() ? std::optional<std::string>(std::string(*value)) : std::nullopt;
}

// Called before each decision of the start-up test; null otherwise.
using Inspect = std::function<void(const grpc_core::EvaluateArgs& args)>;

// grpc_core::AuthorizationEngine. It is part of its provider, which holds one reference during its lifetime, so gRPC's
// count never reaches zero and gRPC never destroys it.
class Engine {
 public:
  Engine(DecideCall decide, Inspect inspect) : decide_(std::move(decide)), inspect_(std::move(inspect)) {
    TsanRelease(&decide_);
  }
  virtual ~Engine() { TsanAcquire(&decide_); }
  virtual Decision Evaluate(const grpc_core::EvaluateArgs& args) const {
    if (inspect_ != nullptr) inspect_(args);
    CallToAuthorize call;
    call.path = args.GetPath();
    call.uri_sans = args.GetUriSans();
    call.dns_sans = args.GetDnsSans();
    call.subject = args.GetSubject();
    call.header = [&args](absl::string_view key) { return HeaderOf(args, key); };
    call.has_malformed_header = [&args] { return HasMalformedHeader(args); };
    const bool allowed = decide_(call);
    TsanRelease(&decide_);
    return {allowed ? Decision::Type::kAllow : Decision::Type::kDeny, ""};
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void Ref() const { references_.count.fetch_add(1, std::memory_order_relaxed); }
  intptr_t references() const { return references_.count.load(); }

 private:
  mutable References<intptr_t> references_{nullptr, 1};
  const DecideCall decide_;
  const Inspect inspect_;
};

// grpc_authorization_policy_provider::AuthorizationEngines: gRPC takes ownership of one reference of each. gRPC calls
// `deny` first, if it is set, and denies all calls that `allow` does not allow. An engine at the wrong offset therefore
// allows nothing.
struct Engines {
  Engines(const Engine* allow_engine, const Engine* deny_engine) : allow(allow_engine), deny(deny_engine) {}
  ~Engines();  // NOLINT(performance-trivially-destructible): see below
  Engines(const Engines&) = delete;
  Engines& operator=(const Engines&) = delete;
  const Engine* allow;
  const Engine* deny;
};
// Not trivial, because gRPC's is not, so that both are returned through memory and not in registers. gRPC destroys the
// object.
Engines::~Engines() = default;
static_assert(!std::is_trivially_destructible_v<Engines> && sizeof(Engines) == 16, "unlike gRPC's");

// grpc_authorization_policy_provider. gRPC counts its references, the strong ones in the upper half.
class Provider {
 public:
  explicit Provider(DecideCall decide, Inspect inspect = nullptr) : engine_(std::move(decide), std::move(inspect)) {
    TsanRelease(this);
  }
  virtual void Orphan() {}  // called for the last strong reference; nothing to stop
  virtual ~Provider() = default;
  virtual Engines engines() const {
    TsanAcquire(this);
    engine_.Ref();
    return Engines(&engine_, nullptr);
  }
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  grpc_authorization_policy_provider* ForGrpc() { return reinterpret_cast<grpc_authorization_policy_provider*>(this); }
  uint64_t references() const { return references_.count.load(); }
  intptr_t engine_references() const { return engine_.references(); }

  static constexpr uint64_t kOneReference = uint64_t{1} << 32;

 private:
  References<uint64_t> references_{nullptr, {kOneReference}};
  const Engine engine_;
};

// gRPC's own functions to add and drop a reference of a provider.
void* AddReference(Provider* provider) { return grpc_authorization_policy_provider_arg_vtable()->copy(provider); }
void DropReference(Provider* provider) { grpc_authorization_policy_provider_arg_vtable()->destroy(provider); }

class ProviderInterface final : public grpc::experimental::AuthorizationPolicyProviderInterface {
 public:
  // Takes ownership of the provider's first reference.
  explicit ProviderInterface(Provider* provider) : provider_(provider) {}
  ~ProviderInterface() override { DropReference(provider_); }
  ProviderInterface(const ProviderInterface&) = delete;
  ProviderInterface& operator=(const ProviderInterface&) = delete;

  grpc_authorization_policy_provider* c_provider() override { return provider_->ForGrpc(); }
  intptr_t engine_references() const { return provider_->engine_references(); }

 private:
  Provider* const provider_;
};

absl::Status Refused(const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat("authorization: ", what, ". Run with Debian's gRPC ", kGrpcVersion,
                                                    ", unmodified (libgrpc++1.51, libgrpc29); without it no call could "
                                                    "be denied, so nothing is served"));
}

// Called before any object is passed to gRPC.
absl::Status CheckVersion() {
  const std::string core = grpc_version_string();
  const std::string cpp = grpc::Version();
  if (core == kCoreVersion && cpp == kGrpcVersion) return absl::OkStatus();
  return Refused(absl::StrCat("the gRPC in this process is ", cpp, " (core ", core, "), not ", kGrpcVersion, " (core ",
                              kCoreVersion, ")"));
}

// A provider that records what gRPC does with it.
class Probe final : public Provider {
 public:
  explicit Probe(std::string* story) : Provider(nullptr), story_(story) {}
  ~Probe() override { *story_ += "destroyed"; }
  void Orphan() override { *story_ += "orphaned, "; }

 private:
  std::string* const story_;
};

// Checks where gRPC counts references and that it calls the expected virtual functions. Uses an otherwise unused
// provider, so that a gRPC with a different layout only modifies a number in it. After a failed check, the provider is
// not used again.
absl::Status CheckLayout() {
  // Runs once; static, so that an abandoned probe is not reported as a leak.
  static std::string story;
  static auto* const probe = new Probe(&story);
  if (AddReference(probe) != probe || probe->references() != 2 * Provider::kOneReference) {
    return Refused("this gRPC keeps its reference counts in another place (perhaps it was built with NDEBUG)");
  }
  DropReference(probe);
  if (probe->references() != Provider::kOneReference || !story.empty()) {
    return Refused("this gRPC counts references in another way");
  }
  DropReference(probe);
  if (story != "orphaned, destroyed") return Refused("this gRPC does not destroy what it was given");
  return absl::OkStatus();
}

// Checks that gRPC requests and enforces decisions, that headers are at the expected offset, and that gRPC releases an
// engine's references.
absl::Status CheckDecisions() {
  std::shared_ptr<ProviderInterface> provider;
  bool finds_headers = true;
  const auto inspect = [&finds_headers](const grpc_core::EvaluateArgs& args) {
    std::string joined;
    const absl::optional<absl::string_view> value = args.GetHeaderValue(kSelfTestHeader, &joined);
    finds_headers =
        finds_headers && value.has_value() && KeepsHeadersWhereExpected(args, *value) && !HasMalformedHeader(args);
  };
  const absl::Status test = TestFilter([&provider, &inspect](DecideCall decide) {
    provider = std::make_shared<ProviderInterface>(new Provider(std::move(decide), inspect));
    return provider;
  });
  if (!test.ok()) return Refused(absl::StrCat("this gRPC failed the self-test: ", test.message()));
  if (!finds_headers) return Refused("this gRPC keeps a call's headers in another place");
  if (provider->engine_references() != 1) return Refused("this gRPC does not release the references that it took");
  return absl::OkStatus();
}

absl::Status Check() {
  if (absl::Status status = CheckVersion(); !status.ok()) return status;
  if (absl::Status status = CheckLayout(); !status.ok()) return status;
  return CheckDecisions();
}

}  // namespace

absl::Status CheckAuthorizationFilter() {
  // Never destroyed, since threads may still use it while the process exits.
  static const auto* const result = new absl::Status(Check());
  return *result;
}

absl::StatusOr<std::shared_ptr<grpc::experimental::AuthorizationPolicyProviderInterface>> MakeAuthorizationProvider(
    DecideCall decide) {
  if (decide == nullptr) return absl::InvalidArgumentError("authorization: there is nothing to decide calls by");
  if (absl::Status status = CheckAuthorizationFilter(); !status.ok()) return status;
  return std::make_shared<ProviderInterface>(new Provider(std::move(decide)));
}

}  // namespace pinion
