// A client that executes commands: client KIND HOST:PORT [CONFIG]
//
// KIND is a Dialer's. Reads one command a line on standard input, until it ends, and answers each with one line, a
// Round's JSON (round.h); lines with an "event" may come between (event_lines.h). One channel serves all rounds of
// calls and streams.
//   unary IN_FLIGHT SECONDS
//   stream STREAMS AHEAD SECONDS
//   fresh SECONDS                 handshakes on fresh channels
//   try SECONDS                   the same, some of which may fail
//   reconnect SECONDS             handshakes on one channel
// Ends with 1 when an operation fails that must not.
#include <iostream>
#include <map>
#include <sstream>

#include "absl/strings/numbers.h"
#include "tests/bench/load/dialer.h"
#include "tests/bench/load/event_lines.h"
#include "tests/bench/load/handshake_load.h"
#include "tests/bench/load/stream_load.h"
#include "tests/bench/load/unary_load.h"

namespace pinion::bench {
namespace {

class Client {
 public:
  Client(const std::string& kind, std::string target, const std::string& config)
      : target_(std::move(target)), dial_(MakeDialer(kind, config, target_, std::make_shared<EventLines>())) {}

  Round Run(const std::string& command) {
    std::istringstream words(command);
    std::string what;
    words >> what;
    // In the order of the line.
    const auto number = [&] {
      double value = 0;
      if (!(words >> value)) Fail("too few numbers: " + command);
      return value;
    };
    const auto length = [&] { return absl::Seconds(number()); };
    if (what == "fresh") return RunFresh(dial_, length());
    if (what == "try") return TryFresh(dial_, length());
    if (what == "reconnect") return RunReconnects(dial_, Port(), length());
    if (channel_ == nullptr) channel_ = dial_();
    const int many = static_cast<int>(number());
    if (what == "unary") return RunUnary(channel_, many, length());
    if (what != "stream") Fail("no command: " + command);
    const int ahead = static_cast<int>(number());
    return RunStreams(channel_, many, ahead, length());
  }

 private:
  int Port() const {
    int port = 0;
    if (!absl::SimpleAtoi(target_.substr(target_.rfind(':') + 1), &port)) Fail("no port: " + target_);
    return port;
  }

  const std::string target_;
  const Dialer dial_;
  std::shared_ptr<grpc::ChannelInterface> channel_;
};

}  // namespace
}  // namespace pinion::bench

int main(int argc, char** argv) {
  pinion::bench::ObeyEnvironment();
  if (argc != 3 && argc != 4) pinion::bench::Fail("usage: client KIND HOST:PORT [CONFIG]");
  pinion::bench::Client client(argv[1], argv[2], argc == 4 ? argv[3] : "");
  for (std::string command; std::getline(std::cin, command);) {
    pinion::bench::PrintLine(client.Run(command).ToJson());
  }
}
