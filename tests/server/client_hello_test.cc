// The first bytes of a connection, and the sources that may begin a handshake.
#include "pinion/server/admission/client_hello.h"

#include <gtest/gtest.h>

#include "pinion/server/admission/handshake_places.h"
#include "tests/e2e/raw_connection.h"

namespace pinion {
namespace {

using Kind = FirstBytes::Kind;

TEST(ClientHelloTest, IsCompleteOnlyWithItsLastByte) {
  const std::string hello = testing::CompleteClientHello();
  for (size_t size = 0; size < hello.size(); ++size) {
    const FirstBytes first = LookAtFirstBytes(absl::string_view(hello).substr(0, size));
    EXPECT_EQ(first.kind, Kind::kIncomplete) << size;
    EXPECT_GT(first.needed, size);
    EXPECT_LE(first.needed, hello.size());
  }
  EXPECT_EQ(LookAtFirstBytes(hello).kind, Kind::kClientHello);
  EXPECT_EQ(OffersHttp2(hello), true);
}

TEST(ClientHelloTest, OneOfSeveralRecordsIsWaitedForToo) {
  // A record of 4 bytes, and a message of 300.
  EXPECT_EQ(LookAtFirstBytes(absl::string_view("\x16\x03\x01\0\x04\x01\0\x01\x2c", 9)).needed, 5 + 5 + 4 + 300);
  // More than the limit.
  EXPECT_EQ(LookAtFirstBytes(absl::string_view("\x16\x03\x01\x3f\xff\x01\x01\0\0", 9)).needed, kMostHelloBytes);
}

TEST(ClientHelloTest, WhatIsNoTlsIsKnownByItsFirstBytes) {
  for (const absl::string_view bytes :
       {absl::string_view("G"), absl::string_view("PRI * HTTP/2.0"), absl::string_view("\x16\x02", 2),
        absl::string_view("\x15\x03\x03\0\x02", 5), absl::string_view("\x16\x03\x01\0\0", 5),
        absl::string_view("\x16\x03\x01\0\x03", 5), absl::string_view("\x16\x03\x01\0\x40\x02", 6)}) {
    EXPECT_EQ(LookAtFirstBytes(bytes).kind, Kind::kNotTls);
  }
}

TEST(ClientHelloTest, WithoutAlpnOffersNoHttp2) {
  std::string hello = testing::CompleteClientHello();
  hello.replace(hello.find("h2"), 2, "h3");
  EXPECT_EQ(OffersHttp2(hello), false);
  EXPECT_EQ(OffersHttp2(absl::string_view(hello).substr(0, 60)), std::nullopt);
}

TEST(ClientHelloTest, TheRandomIsOfTheFirstRecord) {
  const std::string hello = testing::CompleteClientHello();
  EXPECT_EQ(ClientRandom(hello), hello.substr(5 + 4 + 2, 32));
  EXPECT_EQ(ClientRandom(absl::string_view(hello).substr(0, 5 + 4 + 2 + 31)), "");
  std::string split = hello;
  split[3] = 0;
  split[4] = 4 + 2 + 31;
  EXPECT_EQ(ClientRandom(split), "");
  EXPECT_EQ(ClientRandom(std::string(hello).replace(5 + 4 + 2, 32, 32, '\0')), "");
}

TEST(HandshakePlacesTest, OneSourceHasHalfOfThePlacesAndUnknownSourcesThreeQuarters) {
  const absl::Time now = absl::UnixEpoch();
  HandshakePlaces places(8);
  for (int i = 0; i < 4; ++i) places.Begin("a");
  EXPECT_FALSE(places.MayBegin("a", now));
  EXPECT_TRUE(places.MayBegin("b", now));
  places.Begin("b");
  places.Begin("b");
  EXPECT_FALSE(places.MayBegin("c", now));
  places.Remember("c", now);
  EXPECT_TRUE(places.MayBegin("c", now));
  EXPECT_FALSE(places.MayBegin("c", now + HandshakePlaces::kKnownFor));
  places.End("a");
  EXPECT_TRUE(places.MayBegin("d", now));
}

TEST(HandshakePlacesTest, ANetworkOfIpv6IsOneSource) {
  const std::string network(8, '1');
  EXPECT_EQ(HandshakePlaces::SourceOf(network + "aaaaaaaa"), HandshakePlaces::SourceOf(network + "bbbbbbbb"));
  EXPECT_NE(HandshakePlaces::SourceOf("aaaa"), HandshakePlaces::SourceOf("aaab"));
}

TEST(HandshakePlacesTest, RemembersSoManySourcesAndNoMore) {
  HandshakePlaces places(8);
  for (size_t i = 0; i <= HandshakePlaces::kMaxKnown; ++i) {
    places.Remember(std::to_string(i), absl::UnixEpoch() + absl::Milliseconds(i));
  }
  EXPECT_FALSE(places.IsKnown("0", absl::UnixEpoch()));
  EXPECT_TRUE(places.IsKnown("1", absl::UnixEpoch()));
}

}  // namespace
}  // namespace pinion
