#include "pinion/server/admission/listening_sockets.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/base/socket_address.h"
#include "pinion/testing/matchers.h"

namespace pinion {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::StatusIs;

// Addresses for documentation (RFC 3849, RFC 5737): no machine has them, with or without IPv6.
constexpr char kNoV6[] = "2001:db8::1";
constexpr char kNoV4[] = "192.0.2.1";

sockaddr_storage Address(const std::string& text, int port) {
  sockaddr_storage address = {};
  if (text.find(':') == std::string::npos) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    inet_pton(AF_INET, text.c_str(), &v4.sin_addr);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr);
  }
  return address;
}

// Every host has these addresses.
ResolveHost ResolvedTo(const std::vector<std::string>& addresses) {
  return [addresses](const HostPort& where) {
    std::vector<sockaddr_storage> resolved;
    for (const std::string& address : addresses) resolved.push_back(Address(address, where.port));
    return resolved;
  };
}

// Opens the sockets, and closes them again.
absl::StatusOr<ListeningSockets> Open(const std::string& address, const ResolveHost& resolve = ResolveWithSystem) {
  absl::StatusOr<ListeningSockets> sockets = OpenListeningSockets(address, resolve);
  if (sockets.ok()) {
    for (const int descriptor : sockets->descriptors) close(descriptor);
  }
  return sockets;
}

TEST(ListeningSocketsTest, AnAddressThatThisMachineHasNotIsLeftOutAndNamed) {
  for (const std::vector<std::string>& addresses :
       {std::vector<std::string>{kNoV6, "127.0.0.1"}, std::vector<std::string>{"127.0.0.1", kNoV6}}) {
    const absl::StatusOr<ListeningSockets> sockets = Open("localhost:0", ResolvedTo(addresses));
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    EXPECT_THAT(sockets->descriptors, SizeIs(1));
    EXPECT_GT(sockets->port, 0);
    EXPECT_THAT(sockets->unavailable, ElementsAre(StartsWith("[2001:db8::1]:")));
  }
}

TEST(ListeningSocketsTest, WithoutAnyAddressEachOneIsNamed) {
  EXPECT_THAT(
      Open("payments.test:0", ResolvedTo({kNoV6, kNoV4})),
      StatusIs(absl::StatusCode::kUnavailable,
               AllOf(HasSubstr("payments.test:0"), HasSubstr("[2001:db8::1]:0: "), HasSubstr("192.0.2.1:0: "))));
}

TEST(ListeningSocketsTest, APortThatIsTakenOnOneAddressIsAnError) {
  const absl::StatusOr<ListeningSockets> taken = OpenListeningSockets("127.0.0.2:0");
  ASSERT_TRUE(taken.ok()) << taken.status();
  const std::string address = absl::StrCat("localhost:", taken->port);
  EXPECT_THAT(Open(address, ResolvedTo({"127.0.0.1", "127.0.0.2"})),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(absl::StrCat("127.0.0.2:", taken->port))));
  close(taken->descriptors[0]);
  EXPECT_TRUE(Open(address, ResolvedTo({"127.0.0.1"})).ok()) << "and the other socket was closed";
}

TEST(ListeningSocketsTest, AllAddressesHaveOnePort) {
  const absl::StatusOr<ListeningSockets> sockets =
      OpenListeningSockets("localhost:0", ResolvedTo({"127.0.0.1", "127.0.0.2"}));
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  ASSERT_THAT(sockets->descriptors, SizeIs(2));
  EXPECT_EQ(LocalAddress(sockets->descriptors[0]), absl::StrCat("127.0.0.1:", sockets->port));
  EXPECT_EQ(LocalAddress(sockets->descriptors[1]), absl::StrCat("127.0.0.2:", sockets->port));
  for (const int descriptor : sockets->descriptors) close(descriptor);
}

TEST(ListeningSocketsTest, EveryAddressIsWrittenInTwoWays) {
  for (const char* address : {"*:0", "[::]:0", "0.0.0.0:0", "localhost:0"}) {
    const absl::StatusOr<ListeningSockets> sockets = Open(address);
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    EXPECT_FALSE(sockets->descriptors.empty());
  }
}

TEST(ListeningSocketsTest, WhatIsNoAddressIsNotResolved) {
  const ResolveHost never = [](const HostPort& /*where*/) {
    ADD_FAILURE() << "it was resolved";
    return std::vector<sockaddr_storage>();
  };
  for (const char* address : {"", ":", ":8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:4294967297",
                              "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "127.0.0.1:https", "::1:8443", "[::1]",
                              "[::1]8443", "[::1:8443", "unix:/run/pinion.sock", "unix:/run/pinion:1"}) {
    EXPECT_THAT(Open(address, never), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("HOST:PORT"))) << address;
  }
}

}  // namespace
}  // namespace pinion
