#include "pinion/base/host_port.h"

#include <gtest/gtest.h>

namespace pinion {
namespace {

TEST(ParseHostPort, TakesHostsAndAddresses) {
  const struct {
    const char* text;
    const char* host;
    int port;
  } kCases[] = {{"payments.internal:8443", "payments.internal", 8443},
                {"127.0.0.1:0", "127.0.0.1", 0},
                {"[::1]:65535", "::1", 65535},
                {"*:1", "*", 1},
                {"[::]:00080", "::", 80}};
  for (const auto& one : kCases) {
    const absl::StatusOr<HostPort> parsed = ParseHostPort(one.text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->host, one.host);
    EXPECT_EQ(parsed->port, one.port);
  }
}

TEST(ParseHostPort, ReportsWhatIsWrong) {
  const struct {
    const char* text;
    const char* problem;
  } kCases[] = {{"", "the port is missing"},
                {":1", "the host is missing"},
                {"a", "the port is missing"},
                {"a:", "the port \"\" is not a number from 0 to 65535"},
                {"a:65536", "the port \"65536\""},
                {"a:99999999999999999999", "the port \"9999"},
                {"a:1x", "the port \"1x\""},
                {"a:-1", "the port \"-1\""},
                {"::1:1", "brackets"},
                {"[::1", "']' is missing"},
                {"[::1]", "the port is missing"},
                {"[::1]1", "the port is missing"},
                {"[]:1", "the host is missing"},
                {"/a:1", "not a name or address"},
                {"a\x1b[2J:1x", "\\x1b[2J"}};
  for (const auto& one : kCases) {
    const absl::StatusOr<HostPort> parsed = ParseHostPort(one.text);
    ASSERT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << one.text;
    EXPECT_NE(parsed.status().message().find(one.problem), absl::string_view::npos) << parsed.status();
  }
}

}  // namespace
}  // namespace pinion
