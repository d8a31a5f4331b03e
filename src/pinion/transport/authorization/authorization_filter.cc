#include "pinion/transport/authorization_filter.h"

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>

#include <array>
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
#include "pinion/transport/authorization/filter_layout.h"
#include "pinion/transport/authorization/filter_self_test.h"
#include "pinion/transport/grpc/grpc_metadata.h"
#include "pinion/transport/grpc/grpc_version.h"

namespace pinion {
namespace {

// The classes below have, on x86-64 and other systems with the Itanium C++ ABI, the layout that the filter expects:
// they begin with a pointer to a table of functions, as a class with virtual functions does. The table is written by
// hand, since the order of the functions differs between versions of gRPC. They share no name with gRPC's classes.

// A function of a table. All are called with a pointer to the object; one that returns a class that is not trivial also
// has a hidden pointer to the result, as a free function has.
using Function = const void*;

template <typename Pointer>
Function AddressOf(Pointer function) {
  return reinterpret_cast<Function>(function);
}

// What FilterLayout describes; the words after the table. gRPC logs each change of a count, in a build with assertions,
// unless the word before the count is null.
using Words = std::array<std::atomic<uint64_t>, 2>;

const absl::StatusOr<FilterLayout>& Layout() {
  // Never destroyed, since threads may still use it while the process exits.
  static const auto* const layout = new absl::StatusOr<FilterLayout>(FindFilterLayout());
  return *layout;
}

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

bool IsCompressed(const grpc_core::EvaluateArgs& args) {
  std::string joined;
  return args.GetHeaderValue("grpc-encoding", &joined).value_or("identity") != "identity";
}

// Called before each decision of the start-up test; null otherwise.
using Inspect = std::function<void(const grpc_core::EvaluateArgs& args)>;

// grpc_core::AuthorizationEngine. It is part of its provider, which holds one reference during its lifetime, so gRPC's
// count never reaches zero and gRPC never destroys it.
class Engine {
 public:
  Engine(DecideCall decide, Inspect inspect)
      : table_(Table()), decide_(std::move(decide)), inspect_(std::move(inspect)) {
    count_ = 1;
    TsanRelease(&decide_);
  }
  ~Engine() { TsanAcquire(&decide_); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void Ref() const { count_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t references() const { return count_.load(); }

 private:
  static const Function* Table() {
    static const Function table[] = {AddressOf(&Destroy), AddressOf(&Destroy), AddressOf(&Evaluate)};
    return table;
  }
  static void Destroy(Engine* /*engine*/) {}  // two destructors; never called
  static Decision Evaluate(const Engine* engine, const grpc_core::EvaluateArgs& args) { return engine->Decide(args); }

  Decision Decide(const grpc_core::EvaluateArgs& args) const {
    if (inspect_ != nullptr) inspect_(args);
    CallToAuthorize call;
    call.path = args.GetPath();
    call.uri_sans = args.GetUriSans();
    call.dns_sans = args.GetDnsSans();
    call.subject = args.GetSubject();
    call.header = [&args](absl::string_view key) { return HeaderOf(args, key); };
    call.has_malformed_header = [&args] { return HasMalformedHeader(args); };
    call.is_compressed = [&args] { return IsCompressed(args); };
    const bool allowed = decide_(call);
    TsanRelease(&decide_);
    return {allowed ? Decision::Type::kAllow : Decision::Type::kDeny, ""};
  }

  const Function* const table_;
  Words words_{};
  std::atomic<uint64_t>& count_ = words_[Layout()->count_word];
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

// grpc_authorization_policy_provider. gRPC counts its references and destroys it.
class Provider {
 public:
  // Only after Layout() has succeeded.
  Provider(DecideCall decide, Inspect inspect) : table_(Table()), engine_(std::move(decide), std::move(inspect)) {
    words_[Layout()->count_word] = kOneReference;
    TsanRelease(this);
  }
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  grpc_authorization_policy_provider* ForGrpc() { return reinterpret_cast<grpc_authorization_policy_provider*>(this); }
  uint64_t engine_references() const { return engine_.references(); }

 private:
  static const Function* Table() {
    static const auto table = [] {
      std::array<Function, kProviderFunctions> functions{};
      functions[Layout()->orphan] = AddressOf(&Orphan);
      functions[Layout()->destructor - 1] = AddressOf(&Destroy);
      functions[Layout()->destructor] = AddressOf(&Destroy);
      functions[Layout()->engines] = AddressOf(&EnginesOf);
      return functions;
    }();
    return table.data();
  }
  static void Orphan(Provider* /*provider*/) {}  // nothing to stop
  static void Destroy(Provider* provider) { delete provider; }
  static Engines EnginesOf(const Provider* provider) {
    TsanAcquire(provider);
    provider->engine_.Ref();
    return Engines(&provider->engine_, nullptr);
  }

  ~Provider() = default;

  const Function* const table_;
  Words words_{};
  const Engine engine_;
};

// gRPC's own function to drop a reference of a provider.
void DropReference(Provider* provider) { grpc_authorization_policy_provider_arg_vtable()->destroy(provider); }

class ProviderInterface final : public grpc::experimental::AuthorizationPolicyProviderInterface {
 public:
  // Takes ownership of the provider's first reference.
  explicit ProviderInterface(Provider* provider) : provider_(provider) {}
  ~ProviderInterface() override { DropReference(provider_); }
  ProviderInterface(const ProviderInterface&) = delete;
  ProviderInterface& operator=(const ProviderInterface&) = delete;

  grpc_authorization_policy_provider* c_provider() override { return provider_->ForGrpc(); }
  uint64_t engine_references() const { return provider_->engine_references(); }

 private:
  Provider* const provider_;
};

absl::Status Refused(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("authorization: ", what, ". Run with ", SupportedGrpc(),
                                                    ", unmodified; without it no call could be denied, so nothing is "
                                                    "served"));
}

// Called before any object is passed to gRPC.
absl::Status CheckVersion() {
  const std::string core = grpc_version_string();
  const std::string cpp = grpc::Version();
  if (IsSupportedGrpc(cpp, core)) return absl::OkStatus();
  return Refused(absl::StrCat("the gRPC in this process is ", cpp, " (core ", core, "), which is not supported"));
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
  if (!Layout().ok()) return Refused(Layout().status().message());
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
  return std::make_shared<ProviderInterface>(new Provider(std::move(decide), nullptr));
}

}  // namespace pinion
