// The time that a test waits for a laboratory: bazel run -c opt //tests/bench:lab_start
//
// From nothing to the first echo, which takes a CA, four certificates with new keys, a server, and a handshake; and the
// same in an existing laboratory, with its keys. Prints the median of the rounds and their range. Goal: 50 ms.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#include "absl/time/clock.h"
#include "pinion/echo/echo_service.h"
#include "pinion/testing/lab.h"

namespace pinion::testing {
namespace {

constexpr int kRounds = 41;

void Must(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "call failed: %s\n", status.error_message().c_str());
  std::abort();
}

void Measure(const char* what, const std::function<void()>& thing) {
  thing();  // work that is done once in a process, mainly gRPC's start
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    const absl::Time begin = absl::Now();
    thing();
    rounds.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
  }
  std::sort(rounds.begin(), rounds.end());
  std::printf("%-50s %6.1f ms (%.1f to %.1f)\n", what, rounds[kRounds / 2], rounds.front(), rounds.back());
}

void Main() {
  Measure("a whole lab, with fresh keys, to an echo", [] {
    EchoService echo;
    Lab lab;
    Must(Echo(lab.ChannelTo(lab.Serve(&echo))));
  });
  EchoService echo;
  Lab lab;
  Measure("one more server, with the lab's keys, to an echo", [&] { Must(Echo(lab.ChannelTo(lab.Serve(&echo)))); });
}

}  // namespace
}  // namespace pinion::testing

int main() { pinion::testing::Main(); }
