#include "pinion/client/channel_target.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"

namespace pinion {
namespace {

TEST(ChannelTargetTest, TakesTcpTargets) {
  const struct {
    const char* given;
    const char* for_grpc;
    bool is_list;
  } rows[] = {
      {"payments.internal:8443", "dns:///payments.internal:8443", false},
      {"payments.internal", "dns:///payments.internal", false},
      {"127.0.0.1:1", "dns:///127.0.0.1:1", false},
      {"[::1]:65535", "dns:///[::1]:65535", false},
      {"::1", "dns:///::1", false},
      {"unix", "dns:///unix", false},
      {"dns:payments.internal:8443", "dns:payments.internal:8443", false},
      {"dns:///payments.internal:8443", "dns:///payments.internal:8443", false},
      {"dns://192.0.2.1:53/payments.internal", "dns://192.0.2.1:53/payments.internal", false},
      {"ipv4:192.0.2.1:443", "ipv4:192.0.2.1:443", false},
      {"ipv4:192.0.2.1:443,192.0.2.2:444", "ipv4:192.0.2.1:443,192.0.2.2:444", true},
      {"ipv6:[::1]:443", "ipv6:[::1]:443", false},
      {"ipv6:[::1]:443,[2001:db8::1]:443", "ipv6:[::1]:443,[2001:db8::1]:443", true},
  };
  for (const auto& row : rows) {
    const absl::StatusOr<ChannelTarget> target = ChannelTarget::Parse(row.given);
    ASSERT_TRUE(target.ok()) << target.status();
    EXPECT_EQ(target->text, row.for_grpc);
    EXPECT_EQ(target->is_list, row.is_list) << row.given;
  }
}

TEST(ChannelTargetTest, RefusesWhatCannotBeClosed) {
  for (const char* target : {"unix:/tmp/socket",
                             "unix:socket",
                             "unix:///tmp/socket",
                             "unix:4711",
                             "UNIX:/tmp/socket",
                             "Unix:4711",
                             "unix-abstract:name",
                             "UNIX-ABSTRACT:name",
                             "vsock:3:4711",
                             "VSOCK:3:4711",
                             "xds:///payments",
                             "xds:443",
                             "XDS:///payments",
                             "google-c2p:///payments",
                             "google-c2p-experimental:///payments",
                             "passthrough:///host:1",
                             "DNS:///payments:443",
                             "Ipv4:192.0.2.1:443",
                             "IPV6:[::1]:443",
                             "http://payments:443",
                             "fake:payments",
                             "",
                             ":443",
                             "/tmp/socket",
                             "//payments:443",
                             "dns:",
                             "dns:///",
                             "dns://payments",
                             "dns:///unix:/tmp/socket",
                             "dns://bad server/payments",
                             "payments:0",
                             "payments:65536",
                             "payments:+1",
                             "payments:443 ",
                             "payments:https",
                             "payments:",
                             "payments:1:2",
                             "[::1]443",
                             "ipv4:192.0.2.1",
                             "ipv4:payments:443",
                             "ipv4:[::1]:443",
                             "ipv4://host/192.0.2.1:443",
                             "ipv4:192.0.2.1:443,",
                             "ipv4:192.0.2.1:443,unix:/tmp/socket",
                             "ipv6:192.0.2.1:443",
                             "ipv6:[fe80::1%25eth0]:443",
                             "ipv6:[fe80::1%eth0]:443",
                             "pay%6Dents:443",
                             "payments:443?x=y",
                             "payments\n:443"}) {
    const absl::Status status = ChannelTarget::Parse(target).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << target;
    for (const char* form : {"HOST:PORT", "dns:///", "ipv4:", "ipv6:"}) {
      EXPECT_TRUE(absl::StrContains(status.message(), form)) << status;
    }
  }
}

}  // namespace
}  // namespace pinion
