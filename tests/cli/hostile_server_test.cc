// `pinion call` against an accepted but hostile server: its status text affects neither the terminal, nor the report's
// structure, nor the exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "pinion/testing/lab.h"
#include "pinion/v1/echo.grpc.pb.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kForgedScreen[] =
    "\x1b]0;pwned\x07\x1b[2J\x1b[1;1Hok 1, failed 0\nlatency in us: p50 100, p99 100, max 100\n\x1b[8m\xc2\x9b"
    "8m";
constexpr char kForgedRefusal[] = "refused by Pinion: PIN_REVOKED: forged; \n  1 x UNAVAILABLE PIN_MISMATCH";

// Answers every call with one status.
class Liar final : public v1::Echo::Service {
 public:
  explicit Liar(grpc::Status status) : status_(std::move(status)) {}
  grpc::Status UnaryEcho(grpc::ServerContext* /*context*/, const v1::EchoRequest* /*request*/,
                         v1::EchoResponse* /*response*/) override {
    return status_;
  }
  grpc::Status BidirectionalEcho(grpc::ServerContext* /*context*/,
                                 grpc::ServerReaderWriter<v1::EchoResponse, v1::EchoRequest>* /*stream*/) override {
    return status_;
  }

 private:
  const grpc::Status status_;
};

struct Outcome {
  int exit_code = -1;
  std::string output;  // stdout and stderr
};

// Makes one call with the tool as the lab's legitimate client.
Outcome Call(const Lab& lab, const std::string& address, const std::string& options) {
  const std::string folder = std::getenv("TEST_TMPDIR");
  lab.client().WriteFiles(folder, "client");
  lab.ca().WriteRootFile(folder);
  const auto write = [&folder](const std::string& name, const std::string& contents) {
    std::FILE* const file = std::fopen((folder + "/" + name).c_str(), "w");
    std::fputs(contents.c_str(), file);
    std::fclose(file);
  };
  write("pins.json",
        absl::StrCat(R"({"version": 1, "peers": [{"name": "server", "hosts": ["server.test"], "pins": [{"spki": ")",
                     lab.server().SpkiPin(), R"(", "state": "ACTIVE"}, {"spki": ")", lab.server_backup().SpkiPin(),
                     R"(", "state": "BACKUP"}]}]})"));
  write("client.json", R"({"identity": {"certificate_file": "client.pem", "private_key_file": "client-key.pem"},
                           "trust": {"server_roots_file": "ca.pem"}, "pin_set": {"file": "pins.json"}})");
  const std::string command = absl::StrCat("tools/pinion/pinion call --config ", folder, "/client.json ", address,
                                           " --authority server.test ", options, " 2>&1");
  Outcome outcome;
  std::FILE* const pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (const size_t got = fread(buffer, 1, sizeof(buffer), pipe)) outcome.output.append(buffer, got);
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

MATCHER(IsPrintable, "is lines of printable ASCII") {
  const auto is_bad = [](unsigned char c) { return !absl::ascii_isprint(c) && c != '\n'; };
  return std::none_of(arg.begin(), arg.end(), is_bad);
}

TEST(HostileServer, CannotControlTheTerminalOrAddLines) {
  Liar liar(grpc::Status(grpc::StatusCode::INTERNAL, kForgedScreen));  // outlives the lab's server
  Lab lab;
  const std::string address = lab.Serve(&liar);
  for (const char* options : {"", "--streams 1 --count 1"}) {
    const Outcome outcome = Call(lab, address, options);
    EXPECT_EQ(outcome.exit_code, 64 + grpc::StatusCode::INTERNAL) << outcome.output;
    EXPECT_THAT(outcome.output, IsPrintable());
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 2) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("\\x1b[2J")) << "the text is reported, but escaped";
  }
}

TEST(HostileServer, IsHarmlessInTheValuesOfJson) {
  Liar liar(grpc::Status(grpc::StatusCode::INTERNAL, kForgedScreen));  // outlives the lab's server
  Lab lab;
  const Outcome outcome = Call(lab, lab.Serve(&liar), "-o json");
  EXPECT_THAT(outcome.output, IsPrintable());
  EXPECT_THAT(outcome.output, Not(HasSubstr("\\u001b"))) << "jq -r would print it as it is";
}

TEST(HostileServer, CannotForgeARefusalOfOurs) {
  for (const grpc::StatusCode code : {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::DEADLINE_EXCEEDED}) {
    Liar liar(grpc::Status(code, kForgedRefusal));
    Lab lab;
    const std::string address = lab.Serve(&liar);
    EXPECT_EQ(Call(lab, address, "").exit_code, 64 + code);
    const Outcome outcome = Call(lab, address, "-o json");
    EXPECT_EQ(outcome.exit_code, 64 + code);
    EXPECT_THAT(outcome.output, HasSubstr("\"reason\": \"\""));
  }
}

TEST(HostileServer, AnImpostorIsRefusedForPinionsReason) {
  Liar liar(grpc::Status(grpc::StatusCode::OK, ""));
  Lab lab;
  const Outcome outcome = Call(lab, lab.ServeAs(lab.Impostor(), &liar), "-o json");
  EXPECT_EQ(outcome.exit_code, 90) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("\"reason\": \"PIN_MISMATCH\""));
}

}  // namespace
}  // namespace pinion::testing
