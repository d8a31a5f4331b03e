// What Pinion's drop-in channel credentials cost, beside gRPC's own mutual TLS: bazel run -c opt
// //tests/bench:call_cost
//
// One server, two kinds of client in turn (stock, Pinion, stock, ...), so that what the machine does besides hits both
// alike. Prints the median of the rounds' ratios and their range; above 1 is faster (calls) or slower (connections).
#include <grpcpp/create_channel.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

#include "pinion/identity/grpc_provider.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"

namespace pinion::testing {
namespace {

constexpr int kRounds = 9;
constexpr absl::Duration kRound = absl::Milliseconds(700);

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

// Things done a second: `threads` of them, one after another, for a round.
double PerSecond(int threads, const std::function<void()>& thing) {
  std::atomic<int64_t> done{0};
  const absl::Time begin = absl::Now();
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      while (absl::Now() - begin < kRound) {
        thing();
        ++done;
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  return static_cast<double>(done) / absl::ToDoubleSeconds(absl::Now() - begin);
}

void Must(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "call failed: %s\n", status.error_message().c_str());
  std::abort();
}

void Compare(const char* what, int threads, const std::function<void()>& stock, const std::function<void()>& pinned) {
  std::vector<double> ratios;
  std::vector<double> rates;
  for (int round = 0; round < kRounds; ++round) {
    const double stock_rate = PerSecond(threads, stock);
    const double pinned_rate = PerSecond(threads, pinned);
    ratios.push_back(pinned_rate / stock_rate);
    rates.push_back(stock_rate);
  }
  std::sort(ratios.begin(), ratios.end());
  std::sort(rates.begin(), rates.end());
  std::printf("%-36s stock %8.0f/s   Pinion/stock %.3f (%.3f to %.3f)\n", what, rates[kRounds / 2], ratios[kRounds / 2],
              ratios.front(), ratios.back());
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
    const std::string what = "unary calls, " + std::to_string(in_flight) + " in flight";
    Compare(
        what.c_str(), in_flight, [&] { Must(Echo(stock_channel)); }, [&] { Must(Echo(pinned_channel)); });
  }
  Compare(
      "new channel and one call", 1, [&] { Must(Echo(Dial(address, stock))); },
      [&] { Must(Echo(Dial(address, pinned))); });
}

}  // namespace
}  // namespace pinion::testing

int main() { pinion::testing::Main(); }
