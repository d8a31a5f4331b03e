#include "pinion/base/socket_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

namespace pinion {
namespace {

TEST(SocketAddressTest, IsWrittenInTheUsualForm) {
  EXPECT_EQ(SocketAddressText(absl::string_view("\x7f\0\0\x01", 4), 4711), "127.0.0.1:4711");
  EXPECT_EQ(SocketAddressText(absl::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16), 1), "[::1]:1");
}

TEST(SocketAddressTest, AnIpv4MappedAddressIsWrittenAsIpv4) {
  EXPECT_EQ(SocketAddressText(absl::string_view("\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\x01", 16), 1), "127.0.0.1:1");
}

TEST(SocketAddressTest, AnUnconnectedSocketHasNone) {
  const int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int unix_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(RemoteAddress(tcp), std::nullopt);
  EXPECT_EQ(LocalAddress(unix_socket), std::nullopt);
  EXPECT_EQ(LocalAddress(-1), std::nullopt);
  close(tcp);
  close(unix_socket);
}

}  // namespace
}  // namespace pinion
