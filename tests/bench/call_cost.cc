// What Pinion's drop-in channel credentials cost, beside gRPC's own mutual TLS: bazel run -c opt
// //tests/bench:call_cost
//
// One server, two kinds of client.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "absl/strings/str_cat.h"
#include "pinion/identity/grpc_provider.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "tests/bench/compare.h"

namespace pinion::testing {
namespace {

constexpr int kRounds = 21;

std::shared_ptr<grpc::ChannelCredentials> StockCredentials(const ChannelOptions& options) {
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(MakeGrpcProvider(*options.identity));
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(tls);
}

std::shared_ptr<grpc::Channel> Dial(const std::string& address,
                                    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, Lab::kServerHost);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

void Main() {
  Lab lab;
  EchoService echo;
  const std::string address = lab.Serve(&echo);
  const ChannelOptions options = lab.OptionsForClient(lab.client());
  const auto stock = StockCredentials(options);
  const auto pinned = OrDie(MakeChannelCredentials(options));
  const auto stock_channel = Dial(address, stock);
  const auto pinned_channel = Dial(address, pinned);
  for (const int in_flight : {1, 16, 128}) {
    Compare(absl::StrCat("unary calls, ", in_flight, " in flight"), in_flight, kRounds,
            {"stock", [&] { Must(Echo(stock_channel)); }}, {{"Pinion", [&] { Must(Echo(pinned_channel)); }}});
  }
  Compare("a new channel and one call", 1, kRounds, {"stock", [&] { Must(Echo(Dial(address, stock))); }},
          {{"Pinion", [&] { Must(Echo(Dial(address, pinned))); }}});
}

}  // namespace
}  // namespace pinion::testing

int main() { pinion::testing::Main(); }
