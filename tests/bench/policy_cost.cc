// What a server's policy costs its calls: bazel run -c opt //tests/bench:policy_cost
//
// Three servers, one kind of client: the credentials alone, which ask no policy; all of Listen with a policy that
// allows everybody; and with one of a hundred rules, the last of which allows the caller.
#include "absl/strings/str_cat.h"
#include "pinion/credentials/server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "tests/bench/compare.h"

namespace pinion::testing {
namespace {

constexpr int kRounds = 81;
constexpr int kRules = 100;

std::shared_ptr<const AuthorizationPolicy> PolicyOfManyRules() {
  v1::AuthorizationPolicy proto;
  proto.set_name("bench");
  for (int i = 1; i <= kRules; ++i) {
    v1::AuthorizationRule* const rule = proto.add_allow_rules();
    rule->set_name(absl::StrCat("rule-", i));
    rule->mutable_source()->add_principals(i == kRules ? Lab::kClientIdentity
                                                       : absl::StrCat("spiffe://lab.test/service-", i));
    rule->mutable_request()->add_paths("/pinion.v1.Echo/*");
  }
  return OrDie(AuthorizationPolicy::FromProto(proto));
}

// With what Listen asks of gRPC for each call, but for the policy.
class ServerWithoutPolicy {
 public:
  explicit ServerWithoutPolicy(const ServerOptions& options) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", OrDie(MakeServerCredentials(options)), &port_);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 3'600'000);
    builder.RegisterService(&echo_);
    server_ = builder.BuildAndStart();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  EchoService echo_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

void Main() {
  Lab lab;
  const ServerOptions options = lab.OptionsForServer(lab.server());
  const ServerWithoutPolicy no_policy(options);
  const EchoServer credentials_alone(OrDie(MakeServerCredentials(options)));
  ServerOptions with_rules = options;
  with_rules.policy = PolicyOfManyRules();
  const EchoServer rules(with_rules);
  const auto to_no_policy = lab.ChannelTo(no_policy.address());
  const auto to_credentials_alone = lab.ChannelTo(credentials_alone.address());
  const auto to_rules = lab.ChannelTo(rules.address());
  for (const int in_flight : {1, 16, 128}) {
    Compare(absl::StrCat("unary calls, ", in_flight, " in flight"), in_flight, kRounds,
            {"no policy", [&] { Must(Echo(to_no_policy)); }},
            {{absl::StrCat("a policy of ", kRules, " rules"), [&] { Must(Echo(to_rules)); }},
             {"credentials alone", [&] { Must(Echo(to_credentials_alone)); }}});
  }
}

}  // namespace
}  // namespace pinion::testing

int main() { pinion::testing::Main(); }
