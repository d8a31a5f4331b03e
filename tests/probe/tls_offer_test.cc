// A probe must offer what a live client offers: both connect to one listener, and the test compares their ClientHellos.
#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "pinion/testing/test_ca.h"
#include "tools/pinion/drill/impostor_server.h"
#include "tools/pinion/probe/observe.h"

namespace pinion {
namespace {

// The extensions (IANA numbers) that affect the negotiation.
constexpr int kSupportedGroups = 10;
constexpr int kPointFormats = 11;
constexpr int kSignatureAlgorithms = 13;
constexpr int kAlpn = 16;
constexpr int kSupportedVersions = 43;
constexpr int kKeyShare = 51;

struct ClientHello {
  std::string cipher_suites;
  std::map<int, std::string> extensions;
};

// RFC 8446 §4.1.2, in one record.
ClientHello Parse(absl::string_view bytes) {
  size_t at = 5 + 4 + 2 + 32;  // record, handshake, version, random
  const auto take = [&](size_t size) {
    const absl::string_view taken = bytes.substr(at, size);
    at += size;
    return std::string(taken);
  };
  const auto number = [&](size_t size) {
    size_t value = 0;
    for (const char byte : take(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  };
  ClientHello hello;
  take(number(1));  // the session id
  hello.cipher_suites = take(number(2));
  take(number(1));  // compression
  for (size_t left = number(2); left > 0;) {
    const int type = static_cast<int>(number(2));
    const size_t size = number(2);
    hello.extensions[type] = take(size);
    left -= std::min(left, size + 4);
  }
  // Only the group of the key share, without the key.
  hello.extensions[kKeyShare] = hello.extensions[kKeyShare].substr(2, 2);
  return hello;
}

// Returns the first message of the next client, and closes the connection.
ClientHello NextHello(int listener) {
  const int connection = accept(listener, nullptr, nullptr);
  std::string bytes;
  char buffer[4096];
  while (bytes.size() < 5 ||
         bytes.size() < 5U + (static_cast<unsigned char>(bytes[3]) << 8) + static_cast<unsigned char>(bytes[4])) {
    const ssize_t got = read(connection, buffer, sizeof(buffer));
    if (got <= 0) break;
    bytes.append(buffer, got);
  }
  close(connection);
  return Parse(bytes);
}

TEST(TlsOffer, EqualsThatOfALiveClient) {
  const drill::Listening listening = drill::ListenOnLoopback().value();
  fcntl(listening.fd, F_SETFL, 0);  // accept waits
  ClientHello live;
  {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = testing::TestCa().RootPem();
    const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", listening.port), grpc::SslCredentials(options));
    channel->GetState(/*try_to_connect=*/true);
    live = NextHello(listening.fd);
  }
  Question question;
  question.host = "127.0.0.1";
  question.port = listening.port;
  std::thread asking([&question] { Observe(question); });
  ClientHello probed = NextHello(listening.fd);
  close(listening.fd);
  asking.join();
  EXPECT_EQ(probed.cipher_suites, live.cipher_suites);
  for (const int type : {kSupportedGroups, kPointFormats, kSignatureAlgorithms, kAlpn, kSupportedVersions, kKeyShare}) {
    ASSERT_FALSE(live.extensions[type].empty()) << type;
    EXPECT_EQ(probed.extensions[type], live.extensions[type]) << type;
  }
}

}  // namespace
}  // namespace pinion
